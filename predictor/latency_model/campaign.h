#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "predictor/latency_model/measuring_plan.h"
#include "predictor/profiler.h"

namespace lts::predictor {

/// What one measurement of one architecture gave.
struct Reading {
  int pass = 1;
  Planned planned;
  std::vector<double> values{};  ///< one per metric, NaN where the device gives none; [] if failed
  std::string verdict{};
  std::string failure{};  ///< why it failed
};

/// An architecture with all that was measured of it.
struct MeasuredRow {
  Planned planned;
  std::vector<Reading> readings{};  ///< in order, failures left out

  /// The median over the readings of the metric at `index`.
  double value(std::size_t index) const;
  /// The first two readings of it: not chosen by what they were, as a third one is.
  std::vector<double> first_readings(std::size_t index) const;
};

/// An architecture that could not be measured.
struct FailedRow {
  Planned planned;
  std::string reason;
};

struct CampaignResult {
  std::vector<MeasuredRow> rows;
  std::vector<FailedRow> failed;
  nlohmann::ordered_json hardware{}, protocol{};  ///< of the readings taken now or saved
  /// Mean over the rows of |second - first| / mean of both, of the first metric.
  double noise_floor = 0;
};

/// What a live display shows.
struct CampaignProgress {
  const Reading& reading;
  std::size_t done, total;  ///< readings; the total may grow by failures and third readings
};

struct CampaignOptions {
  std::vector<nlohmann::ordered_json> saved{};  ///< records of an interrupted campaign, in order
  Place saved_in{};                             ///< begins messages about them
  /// Keeps a record before the next measurement begins.
  std::function<void(const nlohmann::ordered_json&)> save{};
  std::function<void(const CampaignProgress&)> progress{};
};

/// Measures a plan: every architecture once, then every one once more in another order, so that
/// the difference of the two tells how well this machine repeats itself; then a third time those
/// whose two readings differ most, if by more than 5 %, a quarter of them at most. A failed
/// architecture is replaced. Saved readings stand for measurements: a campaign that goes on is the
/// one that was not interrupted.
/// \throws Error kUser when a saved record is of another plan or another machine; kStopped when
/// five architectures failed in a row, kRuntime when half as many as planned did, with their
/// reasons; kStopped as Evaluator.
CampaignResult measure_plan(MeasuringPlan& plan, std::shared_ptr<Profiler> profiler,
                            const std::vector<std::string>& metrics,
                            const CampaignOptions& options);

}  // namespace lts::predictor

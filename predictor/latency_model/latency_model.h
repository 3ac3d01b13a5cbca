#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "predictor/cost_source.h"
#include "predictor/latency_model/campaign.h"
#include "predictor/latency_model/cost_fit.h"

namespace lts::predictor {

/// The fewest architectures that a model is fitted on, and those that a transfer needs.
constexpr int kLeastBudget = 10, kLeastTransferBudget = 5;
constexpr int kMostBudget = 1000;

/// One figure of an architecture with the model that predicts it.
struct FittedMetric {
  std::size_t index = 0;  ///< of its values in a reading
  CostSource source;
  FittedCost fit;
};

/// A fitted model with everything it came from.
struct LatencyModel {
  FittedFor fitted;
  std::vector<FittedMetric> metrics{};  ///< latency.median_s, then memory.peak_bytes if known
  CampaignResult measured{};
  int budget = 0;
  double wall_s = 0;
  std::optional<std::filesystem::path> from{};  ///< the model that was adapted, if one was
};

struct FitOptions {
  int budget = 60;
  /// The model to adapt: its file, for messages and the record.
  std::optional<std::filesystem::path> from{};
  CampaignOptions campaign{};
};

/// Measures members of the space under the profiler's protocol, as a MeasuringPlan chooses them,
/// and fits latency and peak memory. \throws Error kUser when the space is too small, its members
/// have too few positions or `from` is no model of it; as measure_plan.
LatencyModel fit_latency_model(const space::SearchSpace& space, std::shared_ptr<Profiler> profiler,
                               const FitOptions& options);

/// The first difference between the spaces of a model that is adapted and of the fit is the user's
/// error; so is a space with too few members. Called by fit_latency_model; cheap, so that a caller
/// may do it before a device is opened. Returns the budget, cut to the members there are.
int check_fit(const space::SearchSpace& space, const HardwareConfig& config,
              const FitOptions& options);

/// What a fit is, apart from its measurements: `{budget, from_sha256, space, protocol}`. Two fits
/// of one description measure the same.
nlohmann::ordered_json fit_description(const space::SearchSpace& space,
                                       const HardwareConfig& config, const FitOptions& options);

/// `{n, mape, within_5, within_10, interval_coverage, worst, worst_archid}`.
nlohmann::ordered_json holdout_json(const HoldoutErrors& holdout);

/// The file: YAML that load_cost reads and a person can.
std::string model_yaml(const LatencyModel& model);
/// The fit_description of a file that model_yaml wrote, as JSON of the whole file; null where it is
/// no such file.
nlohmann::ordered_json description_of(const nlohmann::ordered_json& file);

}  // namespace lts::predictor

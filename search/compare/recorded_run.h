#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "predictor/objective.h"
#include "search/archive.h"
#include "search/compare/history.h"
#include "search/front/hypervolume.h"

namespace lts::search {

/// An evaluation as the journal has it.
struct RecordedEvaluation {
  std::string archid;
  int iteration = 0;
  Status status = Status::kOk;
  double elapsed_s = 0;
  std::vector<double> values{};  ///< one per objective; empty when failed
};

/// A run as a comparison needs it: values by objective, in order, without architectures, so that
/// it may as well be another program's (foreign_run.h). It may be unfinished or go on meanwhile. A
/// SavedRun is the whole of one of ours.
struct RecordedRun {
  struct Objective {
    std::string name;
    predictor::Direction direction = predictor::Direction::kMinimize;
  };

  std::filesystem::path folder;
  nlohmann::ordered_json config;       ///< resolved, as config.yaml
  nlohmann::ordered_json environment;  ///< as environment.json
  std::vector<Objective> objectives;
  std::map<std::string, Bounds> bounds;  ///< empty: a run of another program (foreign_run.h)
  std::vector<RecordedEvaluation> evaluations;
  std::string end_reason{};  ///< empty while the run is unfinished
  double elapsed_s = 0;      ///< of its last record

  /// The hypervolume after each evaluation, between these bounds or the run's own.
  std::vector<HistoryPoint> history(const std::map<std::string, Bounds>& between) const;
  std::vector<HistoryPoint> history() const { return history(bounds); }
};

/// Names and directions of the objectives of a run's config.yaml. \throws
/// nlohmann::json::exception where it is none.
std::vector<RecordedRun::Objective> recorded_objectives(const nlohmann::ordered_json& config);

/// The bounds of a run; none while it has only begun. \throws Error as visit_records.
std::map<std::string, Bounds> read_recorded_bounds(const std::filesystem::path& folder);

/// Reads a run. \throws Error kUser when the folder holds none, or one that has only begun; as
/// visit_records.
RecordedRun read_recorded_run(const std::filesystem::path& folder);

}  // namespace lts::search

#include "search/compare/recorded_run.h"

#include <optional>

#include "core/error.h"
#include "search/run/records.h"
#include "search/run/run_folder.h"

namespace lts::search {
namespace {

using Json = nlohmann::ordered_json;

RecordedEvaluation evaluation_from(const Json& record, const RecordedRun& run) {
  RecordedEvaluation out{.archid = record.at("archid").get<std::string>(),
                         .iteration = record.at("iteration").get<int>(),
                         .status = status_named(record.at("status").get<std::string>()),
                         .elapsed_s = record.at("elapsed_s").get<double>()};
  if (out.status == Status::kFailed) return out;
  for (const auto& objective : run.objectives) {
    out.values.push_back(record.at("objectives").at(objective.name).at("value").get<double>());
  }
  return out;
}

void add_record(const Json& record, RecordedRun& run) {
  const auto type = record.at("type").get<std::string>();
  if (type == "start") {
    run.config = record.at("config");
    run.environment = record.value("environment", Json());
    run.objectives = recorded_objectives(run.config);
  } else if (type == "bounds") {
    run.bounds = recorded_bounds(record);
  } else if (type == "evaluation") {
    run.evaluations.push_back(evaluation_from(record, run));
  } else if (type == "end") {
    run.end_reason = record.at("reason").get<std::string>();
  }
  run.elapsed_s = record.value("elapsed_s", run.elapsed_s);
}

/// A run that may not have come to its first evaluation.
RecordedRun read_begun(const std::filesystem::path& folder) {
  RecordedRun run{.folder = folder};
  visit_records(journal_of(folder), [&](const Json& record) { add_record(record, run); });
  return run;
}

}  // namespace

std::vector<RecordedRun::Objective> recorded_objectives(const Json& config) {
  std::vector<RecordedRun::Objective> out;
  for (const Json& objective : config.at("objectives")) {
    const bool maximize = objective.at("direction") == "maximize";
    out.push_back({.name = objective.at("name").get<std::string>(),
                   .direction = maximize ? predictor::Direction::kMaximize
                                         : predictor::Direction::kMinimize});
  }
  return out;
}

std::vector<HistoryPoint> RecordedRun::history(const std::map<std::string, Bounds>& between) const {
  HypervolumeHistory out;
  for (const RecordedEvaluation& evaluation : evaluations) {
    std::optional<Point> point;
    if (evaluation.status == Status::kOk) {
      point.emplace();
      for (std::size_t o = 0; o < objectives.size(); ++o) {
        const bool maximize = objectives[o].direction == predictor::Direction::kMaximize;
        point->push_back(
            scaled_loss(evaluation.values[o], between.at(objectives[o].name), maximize));
      }
    }
    out.add(evaluation.elapsed_s, point);
  }
  return out.points();
}

std::map<std::string, Bounds> read_recorded_bounds(const std::filesystem::path& folder) {
  return read_begun(folder).bounds;
}

RecordedRun read_recorded_run(const std::filesystem::path& folder) {
  RecordedRun run = read_begun(folder);
  if (run.evaluations.empty()) {
    throw user_error({folder.string()}, "holds a run without any evaluation yet");
  }
  return run;
}

}  // namespace lts::search

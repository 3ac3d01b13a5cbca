#include "search/compare/foreign_run.h"

#include <algorithm>
#include <optional>

#include "core/csv.h"
#include "core/error.h"
#include "core/text.h"
#include "core/yaml.h"
#include "search/run/run_folder.h"

namespace lts::search {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfigFile = "config.yaml";
constexpr const char* kEvaluationsFile = "evaluations.csv";

RecordedEvaluation evaluation_of(const CsvTable& table, std::size_t row, const RecordedRun& run) {
  RecordedEvaluation out{.elapsed_s = table.number(row, "elapsed_s")};
  if (table.has("archid")) out.archid = table.rows[row][table.column("archid")];
  if (table.has("iteration_num"))
    out.iteration = static_cast<int>(table.number(row, "iteration_num"));
  if (table.has("status")) out.status = status_named(table.rows[row][table.column("status")]);
  for (const auto& objective : run.objectives) {
    if (table.rows[row][table.column(objective.name)].empty()) out.status = Status::kFailed;
  }
  if (out.status == Status::kFailed) return out;
  for (const auto& objective : run.objectives) {
    out.values.push_back(table.number(row, objective.name));
  }
  return out;
}

}  // namespace

bool holds_foreign_run(const fs::path& folder) {
  return !holds_run(folder) && fs::exists(folder / kConfigFile) &&
         fs::exists(folder / kEvaluationsFile);
}

RecordedRun read_foreign_run(const fs::path& folder) {
  RecordedRun run{.folder = folder, .config = to_json(load_yaml(folder / kConfigFile))};
  try {
    run.objectives = recorded_objectives(run.config);
  } catch (const nlohmann::json::exception&) {
    throw user_error({(folder / kConfigFile).string()},
                     "is not the configuration of a run: objectives must be a list with name and "
                     "direction each");
  }
  const CsvTable table = read_csv(folder / kEvaluationsFile);
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    run.evaluations.push_back(evaluation_of(table, row, run));
  }
  if (run.evaluations.empty()) {
    throw user_error({(folder / kEvaluationsFile).string()}, "has no row");
  }
  run.elapsed_s = run.evaluations.back().elapsed_s;
  run.end_reason = "unknown";
  return run;
}

}  // namespace lts::search

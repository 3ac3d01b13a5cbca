#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "core/error.h"
#include "core/log.h"
#include "core/run_status.h"
#include "core/table.h"
#include "core/text.h"
#include "search/run/run_folder.h"
#include "search/run/search_status.h"
#include "train/training_status.h"

namespace lts::cli {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

Arguments arguments() {
  Arguments args("status DIR...", "lts status runs/small gallery");
  args.positional("dir", Count::kSome,
                  "folders of searches or trainings, or folders of such folders (winners, seeds)")
      .option("format", "table|csv|md|tex", "how the table is printed (default table)");
  return args;
}

bool holds_any_run(const fs::path& folder) {
  return search::holds_run(folder) || train::holds_training_run(folder);
}

/// The folder itself, or those of its folders that hold a run.
std::vector<fs::path> run_folders(const fs::path& folder) {
  const Place place{folder.string()};
  if (!fs::is_directory(folder))
    throw user_error(place, "is no folder; the folder of a search or a training is accepted");
  if (holds_any_run(folder)) return {folder};
  std::vector<fs::path> found;
  for (const auto& path : subfolders(folder))
    if (holds_any_run(path)) found.push_back(path);
  if (found.empty())
    throw user_error(place,
                     "holds no run of lts search or lts train, nor does a folder directly in it");
  return found;
}

std::vector<RunStatus> statuses_of(const std::vector<std::string>& folders) {
  std::vector<RunStatus> out;
  const auto now = fs::file_time_type::clock::now();
  for (const std::string& named : folders) {
    for (const fs::path& folder : run_folders(named))
      out.push_back(search::holds_run(folder) ? search::search_status(folder, now)
                                              : train::training_status(folder, now));
  }
  return out;
}

std::string duration_cell(const std::optional<double>& seconds) {
  return seconds ? human_duration(*seconds) : "-";
}

std::string step_cell(const RunStatus& status) {
  if (!status.step) return "-";
  return std::to_string(*status.step) + (status.steps ? "/" + std::to_string(*status.steps) : "");
}

std::string rate_cell(const RunStatus& status) {
  if (!status.rate) return "-";
  const double rate = *status.rate;
  return (rate >= 100 ? std::to_string(std::llround(rate)) : short_number(rate, 3)) + " " +
         status.rate_unit;
}

Table table_of(const std::vector<RunStatus>& statuses) {
  Table table{.columns = {"run", "kind", "state", "step", "loss", "rate", "last checkpoint", "age",
                          "restarts", "time left"},
              .rows = {}};
  for (const RunStatus& status : statuses) {
    const bool goes_on = status.state != RunState::kFinished;
    table.rows.push_back({status.folder.string(), status.kind, std::string(name_of(status.state)),
                          step_cell(status), status.loss ? short_number(*status.loss) : "-",
                          rate_cell(status),
                          status.checkpoint ? status.checkpoint->filename().string() : "-",
                          duration_cell(status.checkpoint_age_s),
                          status.restarts ? std::to_string(*status.restarts) : "-",
                          goes_on ? duration_cell(status.time_left_s) : "-"});
  }
  return table;
}

}  // namespace

int status(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const TableFormat format = table_format(args.text("format", "table"));
  const std::vector<RunStatus> statuses = statuses_of(args.texts("dir"));
  for (const RunStatus& status : statuses)
    if (!status.flaw.empty()) log::warning(status.flaw);
  if (!args.json()) {
    std::cout << format_table(table_of(statuses), format);
    return 0;
  }
  ordered_json document = ordered_json::array();
  for (const RunStatus& status : statuses) document.push_back(to_json(status));
  print_json(document);
  return 0;
}

}  // namespace lts::cli

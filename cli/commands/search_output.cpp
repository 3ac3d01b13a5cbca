#include "cli/commands/search_output.h"

#include <algorithm>
#include <iostream>
#include <span>
#include <utility>

#include "cli/command.h"
#include "cli/commands/search_knowledge.h"
#include "cli/models_table.h"
#include "core/text.h"
#include "search/report/figures.h"
#include "search/report/text_plot.h"
#include "search/run/run_tables.h"
#include "search/run/winners.h"
#include "space/architecture.h"

namespace lts::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

ordered_json values_json(const search::Archive& archive, const search::Evaluation& evaluation) {
  ordered_json out;
  for (std::size_t o = 0; o < archive.objectives().size(); ++o) {
    out[archive.objectives()[o].name] = evaluation.values[o].value;
  }
  return out;
}

ordered_json regret_or_null(const search::RunResult& result, const search::ExactYardstick& exact) {
  const auto regret = exact.regret(result.archive, result.bounds);
  return regret ? search::regret_json(*regret, result.archive.objectives()) : nullptr;
}

ordered_json certificate_or_null(const search::RunResult& result) {
  return result.certificate ? search::certificate_json(*result.certificate) : nullptr;
}

Table front_table(const search::Archive& archive, const std::vector<std::size_t>& rows,
                  TableFormat format) {
  Table table{.columns = {"archid", "architecture"}, .rows = {}};
  for (const auto& objective : archive.objectives()) {
    const std::string unit = objective.evaluator->unit();
    table.columns.push_back(objective.name + (unit.empty() ? "" : " [" + unit + "]"));
  }
  for (const std::size_t index : rows) {
    const search::Evaluation& evaluation = archive.evaluations()[index];
    const std::string& archid = evaluation.candidate.archid;
    std::vector<std::string> row = {format == TableFormat::kCsv ? archid : short_archid(archid),
                                    space::summary(evaluation.candidate.architecture)};
    for (const auto& value : evaluation.values) row.push_back(short_number(value.value, 5));
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// The winners when they are as many as asked for: the front thinned out along its spread.
std::vector<std::size_t> rows_to_print(const search::SearchConfig& config,
                                       const search::Archive& archive, std::int64_t top) {
  search::WinnersOptions options = config.winners;
  options.count = static_cast<int>(top);
  std::vector<std::size_t> rows;
  for (const auto& winner : search::choose_winners(archive, options)) {
    rows.push_back(winner.evaluation);
  }
  return rows;
}

std::string count_text(const search::Archive& archive, search::Status status,
                       const std::string& what) {
  const auto count = std::ranges::count(archive.evaluations(), status, &search::Evaluation::status);
  return count == 0 ? "" : ", " + std::to_string(count) + " " + what;
}

/// What was found, at a glance, and where the rest is.
void print_summary(const search::RunResult& result, const fs::path& folder) {
  const search::Archive& archive = result.archive;
  const search::NamedArchive run{.name = folder.string(), .archive = &archive};
  const search::Chart chart = std::move(search::front_figures(std::span(&run, 1)).front().chart);
  std::cerr << "\n"
            << search::text_plot(chart) << "o on the front (" << archive.front().size()
            << "), . evaluated (" << archive.evaluations().size()
            << count_text(archive, search::Status::kInfeasible, "outside a constraint")
            << count_text(archive, search::Status::kFailed, "failed") << ")\nhypervolume "
            << short_number(result.hypervolume) << ", " << human_duration(result.wall_s)
            << ", ended by " << result.end_reason << "\n"
            << (folder / "report.html").string() << "; also front.csv, winners/, plots/ there\n";
}

}  // namespace

ordered_json front_json(const search::Archive& archive) {
  auto front = ordered_json::array();
  for (const std::size_t index : search::sorted_front(archive, 0)) {
    const search::Evaluation& evaluation = archive.evaluations()[index];
    front.push_back({{"archid", evaluation.candidate.archid},
                     {"config", space::config_json(evaluation.candidate.architecture)},
                     {"objectives", values_json(archive, evaluation)}});
  }
  return front;
}

ordered_json result_json(const search::RunResult& result, const fs::path& folder,
                         const search::ExactYardstick& exact) {
  return {{"evaluated", result.archive.evaluations().size()},
          {"front", front_json(result.archive)},
          {"hypervolume", result.hypervolume},
          {"wall_s", result.wall_s},
          {"run_dir", folder.string()},
          {"end_reason", result.end_reason},
          {"regret", regret_or_null(result, exact)},
          {"certificate", certificate_or_null(result)}};
}

void print_search(const search::SearchConfig& config, const search::RunResult& result,
                  const fs::path& folder, const SearchPrinting& printing) {
  if (printing.json) return print_json(result_json(result, folder, search::ExactYardstick(config)));
  const search::Archive& archive = result.archive;
  const auto rows = rows_to_print(config, archive, printing.top);
  std::cout << format_table(front_table(archive, rows, printing.format), printing.format);
  std::cerr << rows.size() << " of the front's " << archive.front().size()
            << " members, spread along " << config.winners.spread << "\n";
  print_summary(result, folder);
  std::cerr << knowledge_of_front(config, result);
}

}  // namespace lts::cli

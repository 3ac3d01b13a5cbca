#include "search/run.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <span>
#include <utility>

#include "cli/cache_option.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/commands/search_knowledge.h"
#include "cli/commands/search_progress.h"
#include "cli/models_table.h"
#include "cli/version.h"
#include "core/child_process.h"
#include "core/hardware.h"
#include "core/table.h"
#include "core/text.h"
#include "core/yaml.h"
#include "search/report/figures.h"
#include "search/report/text_plot.h"
#include "search/run_tables.h"
#include "search/search_config.h"
#include "search/winners.h"
#include "space/architecture.h"

namespace lts::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char* kBibTeX =
    "@inproceedings{javaheripi2022litetransformersearch,\n"
    "  title={LiteTransformerSearch: Training-free Neural Architecture Search for Efficient "
    "Language "
    "Models},\n"
    "  author={Javaheripi, Mojan and de Rosa, Gustavo H. and Mukherjee, Subhabrata and others},\n"
    "  booktitle={Advances in Neural Information Processing Systems},\n  year={2022},\n"
    "  note={arXiv:2203.02094}\n}";

Arguments arguments() {
  Arguments args("search CONFIG -o DIR [--resume]",
                 "lts search configs/search/quickstart.yaml -o runs/quickstart");
  args.positional("config", Count::kOne, "the search, in YAML")
      .option("output,o", "DIR", "folder of the run")
      .flag("resume", "go on with the run in DIR; a finished one prints its result again")
      .options("set", "KEY=VALUE", "override a key of CONFIG, as search.iterations=20")
      .option("top", "N", "rows of the front to print (default 20)")
      .option("format", "table|csv|md|tex", "how the front is printed (default table)");
  add_cache_option(args);
  return args;
}

search::SearchConfig load(const Arguments& args) {
  const fs::path file = args.text("config");
  YamlNode root = load_yaml(file);
  for (const std::string& assignment : args.texts("set")) apply_override(root, assignment);
  std::shared_ptr<predictor::MeasurementCache> cache;  // made when a profiler asks for it
  return search::read_search_config(root, file.parent_path(), [&](const auto& config) {
    if (!cache) cache = cache_option(args);
    return make_profiler(config, cache);
  });
}

ordered_json environment(const std::vector<std::string>& words) {
  return {{"hardware", hardware_fingerprint()},
          {"versions", version_json()},
          {"command", "lts search " + command_line(words)},
          {"bibtex", kBibTeX}};
}

ordered_json values_json(const search::Archive& archive, const search::Evaluation& evaluation) {
  ordered_json out;
  for (std::size_t o = 0; o < archive.objectives().size(); ++o) {
    out[archive.objectives()[o].name] = evaluation.values[o].value;
  }
  return out;
}

ordered_json regret_or_null(const search::RunResult& result) {
  if (!result.regret) return nullptr;
  return search::regret_json(*result.regret, result.archive.objectives());
}

ordered_json certificate_or_null(const search::RunResult& result) {
  return result.certificate ? search::certificate_json(*result.certificate) : nullptr;
}

ordered_json result_json(const search::RunResult& result, const fs::path& folder) {
  auto front = ordered_json::array();
  for (const std::size_t index : search::sorted_front(result.archive, 0)) {
    const search::Evaluation& evaluation = result.archive.evaluations()[index];
    front.push_back({{"archid", evaluation.candidate.archid},
                     {"config", space::config_json(evaluation.candidate.architecture)},
                     {"objectives", values_json(result.archive, evaluation)}});
  }
  return {{"evaluated", result.archive.evaluations().size()},
          {"front", front},
          {"hypervolume", result.hypervolume},
          {"wall_s", result.wall_s},
          {"run_dir", folder.string()},
          {"end_reason", result.end_reason},
          {"regret", regret_or_null(result)},
          {"certificate", certificate_or_null(result)}};
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

/// How the answer is printed.
struct Printing {
  bool json = false;
  TableFormat format = TableFormat::kText;
  std::int64_t top = 20;
};

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

void print(const search::SearchConfig& config, const search::RunResult& result,
           const fs::path& folder, const Printing& printing) {
  if (printing.json) return print_json(result_json(result, folder));
  const search::Archive& archive = result.archive;
  const auto rows = rows_to_print(config, archive, printing.top);
  std::cout << format_table(front_table(archive, rows, printing.format), printing.format);
  std::cerr << rows.size() << " of the front's " << archive.front().size()
            << " members, spread along " << config.winners.spread << "\n";
  print_summary(result, folder);
  std::cerr << knowledge_of_front(result);
}

}  // namespace

int search(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const fs::path folder = args.required("output");
  const Printing printing = {.json = args.json(),
                             .format = table_format(args.text("format", "table")),
                             .top = args.integer("top", 20, {.min = 1, .max = 1'000'000})};
  const search::SearchConfig config = load(args);
  SearchProgress progress;
  const search::RunResult result = search::run_search(
      config, {.folder = folder,
               .resume = args.has("resume"),
               .environment = environment(words),
               .progress = [&](const search::Progress& p) { progress.show(p); }});
  print(config, result, folder, printing);
  return 0;
}

}  // namespace lts::cli

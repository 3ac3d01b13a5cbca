#include <filesystem>

#include "cli/cache_option.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/commands/search_dry_run.h"
#include "cli/commands/search_output.h"
#include "cli/commands/search_progress.h"
#include "cli/commands/search_seeds.h"
#include "cli/search_option.h"
#include "cli/version.h"
#include "core/child_process.h"
#include "core/citation.h"
#include "core/error.h"
#include "core/hardware.h"
#include "core/text.h"
#include "search/run/run.h"
#include "search/run/seed_runs.h"
#include "search/search_config.h"

namespace lts::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

Arguments arguments() {
  Arguments args("search CONFIG -o DIR [--resume] [--seeds 1-5] | search CONFIG --dry-run",
                 "lts search configs/search/quickstart.yaml -o runs/quickstart");
  add_search_option(args)
      .option("output,o", "DIR", "folder of the run")
      .flag("resume", "go on with the run in DIR; a finished one prints its result again")
      .option("seeds", "1-5|1,3,7",
              "a run per seed (seed and space_seed) in DIR/seed-<n>, to be compared by lts compare")
      .flag("dry-run",
            "ask no device and leave nothing: the size of the space, how many members meet the "
            "free constraints, evaluations, time, memory and disk; programs and proxies from "
            "gradients are asked as in the search")
      .option("top", "N", "rows of the front to print (default 20)")
      .option("format", "table|csv|md|tex", "how the front is printed (default table)");
  add_cache_option(args);
  return args;
}

search::SearchConfig load(const Arguments& args) {
  std::shared_ptr<predictor::MeasurementCache> cache;  // made when a profiler asks for it
  return load_search(args, [&](const auto& config) {
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

}  // namespace

int search(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const SearchPrinting printing = {.json = args.json(),
                                   .format = table_format(args.text("format", "table")),
                                   .top = args.integer("top", 20, {.min = 1, .max = 1'000'000})};
  std::vector<std::uint64_t> seeds;
  if (args.has("seeds")) seeds = search::parse_seeds(args.text("seeds"));
  if (args.has("dry-run")) return search_dry_run(args, seeds);
  const fs::path folder = args.required("output");
  const search::SearchConfig config = load(args);
  SearchProgress progress;
  const search::RunOptions options = {
      .folder = folder,
      .resume = args.has("resume"),
      .environment = environment(words),
      .progress = [&](const search::Progress& p) { progress.show(p); }};
  if (!seeds.empty()) return search_seeds(config, seeds, options, printing);
  print_search(config, search::run_search(config, options), folder, printing);
  return 0;
}

}  // namespace lts::cli

#include "cli/commands/search_seeds.h"

#include <iostream>

#include "cli/command.h"
#include "core/statistics.h"
#include "core/text.h"
#include "search/bounds.h"
#include "search/run/seed_runs.h"

namespace lts::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using search::SeedRun;

ordered_json runs_json(const search::SearchConfig& config, const std::vector<SeedRun>& runs,
                       const fs::path& folder) {
  const search::Archive merged = search::merged_fronts(config, runs);
  ordered_json out = {{"evaluated", 0},
                      {"front", front_json(merged)},
                      {"hypervolume", hypervolume_of(merged, runs.front().result.bounds)},
                      {"wall_s", 0.0},
                      {"run_dir", folder.string()},
                      {"runs", ordered_json::array()}};
  std::size_t evaluated = 0;
  double wall_s = 0;
  const search::ExactYardstick exact(config);
  for (const SeedRun& run : runs) {
    ordered_json one = {{"seed", run.seed}};
    one.update(result_json(run.result, run.folder, exact));
    evaluated += run.result.archive.evaluations().size();
    wall_s += run.result.wall_s;
    out["runs"].push_back(std::move(one));
  }
  out["evaluated"] = evaluated;
  out["wall_s"] = wall_s;
  return out;
}

Table runs_table(const std::vector<SeedRun>& runs) {
  Table table{.columns = {"seed", "evaluated", "front", "hypervolume", "ended by", "seconds"},
              .rows = {}};
  for (const auto& [seed, folder, result] : runs) {
    table.rows.push_back({std::to_string(seed), std::to_string(result.archive.evaluations().size()),
                          std::to_string(result.archive.front().size()),
                          short_number(result.hypervolume, 6), result.end_reason,
                          short_number(result.wall_s)});
  }
  return table;
}

}  // namespace

int search_seeds(const search::SearchConfig& config, const std::vector<std::uint64_t>& seeds,
                 const search::RunOptions& options, const SearchPrinting& printing) {
  const auto announce = [&](std::size_t index, const fs::path& folder) {
    std::cerr << "seed " << seeds[index] << ", " << index + 1 << " of " << seeds.size() << ": "
              << folder.string() << "\n";
  };
  const std::vector<SeedRun> runs = run_seeds(config, seeds, options, announce);
  if (printing.json) {
    print_json(runs_json(config, runs, options.folder));
    return 0;
  }
  std::cout << format_table(runs_table(runs), printing.format);
  std::vector<double> hypervolumes;
  for (const SeedRun& run : runs) hypervolumes.push_back(run.result.hypervolume);
  std::cerr << "hypervolume: median " << short_number(median(hypervolumes), 6) << ", quartiles "
            << short_number(quantile(hypervolumes, 0.25), 6) << " and "
            << short_number(quantile(hypervolumes, 0.75), 6) << "; lts compare "
            << options.folder.string() << " OTHER_DIR compares\n";
  return 0;
}

}  // namespace lts::cli

#include "search/run/seed_runs.h"

#include <algorithm>
#include <map>
#include <string>

#include "core/error.h"
#include "core/text.h"
#include "search/bounds.h"
#include "search/compare/recorded_run.h"
#include "search/run/run_folder.h"

namespace lts::search {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostSeeds = 1'000;
constexpr const char* kPrefix = "seed-";

std::string name_of(std::uint64_t seed) { return kPrefix + std::to_string(seed); }

Error bad_seeds(std::string_view text, const std::string& what) {
  return user_error("--seeds " + std::string(text) + ": " + what +
                    "; accepted: seeds and ranges of them, as 1-5 or 1,3,7");
}

/// The first and last seed of "3" or "1-5".
std::pair<std::int64_t, std::int64_t> range_of(std::string_view text, const std::string& part) {
  const auto dash = part.find('-');
  std::int64_t first = 0, last = 0;
  const bool good = parse_int(part.substr(0, dash), first) &&
                    parse_int(dash == std::string::npos ? part : part.substr(dash + 1), last);
  if (!good || first < 0) throw bad_seeds(text, "'" + part + "' is no seed and no range of seeds");
  if (last < first) throw bad_seeds(text, "'" + part + "' ends before it begins");
  if (last - first >= kMostSeeds) throw bad_seeds(text, "these are more than 1000 seeds");
  return {first, last};
}

/// Whether any run of a seed has begun here.
bool holds_seed_runs(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const bool ours = entry.path().filename().string().starts_with(kPrefix);
    if (ours && entry.is_directory() && holds_run(entry.path())) return true;
  }
  return false;
}

void check_folder(const RunOptions& options) {
  const fs::path& folder = options.folder;
  if (!fs::exists(folder)) return;
  if (!fs::is_directory(folder)) throw user_error({folder.string()}, "exists and is not a folder");
  if (holds_run(folder)) {
    throw user_error({folder.string()},
                     "holds a single run; --seeds makes a folder of runs, -o names another one");
  }
  if (options.resume) return;
  if (holds_seed_runs(folder)) {
    throw user_error({folder.string()},
                     "holds runs; --resume goes on with them, -o names another folder");
  }
  if (!fs::is_empty(folder)) {
    throw user_error({folder.string()},
                     "is not empty and holds no search runs; name another folder");
  }
}

SearchConfig with_seed(SearchConfig config, std::uint64_t seed) {
  config.seed = config.space_seed = seed;
  config.resolved["search"]["seed"] = seed;
  config.resolved["search"]["space_seed"] = seed;
  return config;
}

/// The bounds of a run of a seed that is there already; none where there is no such run.
std::map<std::string, Bounds> recorded_bounds(const fs::path& folder) {
  if (!fs::exists(folder)) return {};
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.path().filename().string().starts_with(kPrefix) || !holds_run(entry.path()))
      continue;
    auto bounds = read_recorded_bounds(entry.path());
    if (!bounds.empty()) return bounds;
  }
  return {};
}

/// Bounds of closed forms come out alike in every run; measured ones do not.
void share_measured_bounds(SearchConfig& config, const fs::path& folder) {
  std::vector<std::string> missing;
  for (const auto& objective : config.objectives) {
    if (!objective.free() && !config.hypervolume_bounds.contains(objective.name))
      missing.push_back(objective.name);
  }
  if (missing.empty()) return;
  std::map<std::string, Bounds> bounds = recorded_bounds(folder);
  const bool known =
      std::ranges::all_of(missing, [&](const auto& name) { return bounds.contains(name); });
  if (!known) bounds = fix_bounds(config);
  for (const std::string& name : missing) {
    const Bounds pair = bounds.at(name);
    if (pair.low >= pair.high) continue;  // no range to scale by, and none that a file may name
    config.hypervolume_bounds[name] = pair;
    config.resolved["hypervolume"]["bounds"][name] = {pair.low, pair.high};
  }
}

RunOptions options_of(const RunOptions& options, std::uint64_t seed) {
  RunOptions one = options;
  one.folder = options.folder / name_of(seed);
  return one;
}

}  // namespace

std::vector<std::uint64_t> parse_seeds(std::string_view text) {
  std::vector<std::uint64_t> seeds;
  for (const std::string& part : split(text, ',')) {
    const auto [first, last] = range_of(text, part);
    for (std::int64_t seed = first; seed <= last; ++seed) {
      const auto value = static_cast<std::uint64_t>(seed);
      if (std::ranges::find(seeds, value) != seeds.end())
        throw bad_seeds(text, "seed " + std::to_string(seed) + " stands twice");
      seeds.push_back(value);
    }
  }
  if (std::ssize(seeds) > kMostSeeds) throw bad_seeds(text, "these are more than 1000 seeds");
  return seeds;
}

std::vector<SeedRun> run_seeds(const SearchConfig& config, const std::vector<std::uint64_t>& seeds,
                               const RunOptions& options,
                               const std::function<void(std::size_t, const fs::path&)>& begin) {
  check_folder(options);
  SearchConfig shared = config;
  share_measured_bounds(shared, options.folder);
  for (const std::uint64_t seed : seeds) {
    const RunOptions one = options_of(options, seed);
    if (fs::exists(one.folder)) prepare_run_folder(with_seed(shared, seed), one);
  }
  std::vector<SeedRun> runs;
  for (const std::uint64_t seed : seeds) {
    const RunOptions one = options_of(options, seed);
    begin(runs.size(), one.folder);
    runs.push_back(
        {.seed = seed, .folder = one.folder, .result = run_search(with_seed(shared, seed), one)});
  }
  return runs;
}

Archive merged_fronts(const SearchConfig& config, const std::vector<SeedRun>& runs) {
  Archive merged(config.objectives, config.ties());
  for (const SeedRun& run : runs) {
    for (const std::size_t index : run.result.archive.front()) {
      const Evaluation& evaluation = run.result.archive.evaluations()[index];
      if (!merged.seen(evaluation.candidate.archid)) merged.add(evaluation);
    }
  }
  return merged;
}

}  // namespace lts::search

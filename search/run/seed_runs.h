#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "search/run/run.h"
#include "search/search_config.h"

namespace lts::search {

/// "1-5", "1,3,7" or "1-3,7" as numbers, in that order. \throws Error kUser, naming `--seeds`, for
/// anything else, a number twice, or more than 1,000.
std::vector<std::uint64_t> parse_seeds(std::string_view text);

/// One run of several that differ in their seeds alone.
struct SeedRun {
  std::uint64_t seed = 0;
  std::filesystem::path folder;
  RunResult result;
};

/// Runs one configuration with each seed (as `seed` and `space_seed`) into `options.folder` /
/// "seed-<n>", one after the other. Bounds that are measured are measured once, or taken from a run
/// that is there already, and stand in every run's config.yaml: only so can the runs be compared.
/// With `options.resume` runs go on, and finished ones are read from their journals; without, a
/// folder that holds any is refused. `begin` is called before each. \throws Error as run_search.
std::vector<SeedRun> run_seeds(
    const SearchConfig& config, const std::vector<std::uint64_t>& seeds, const RunOptions& options,
    const std::function<void(std::size_t index, const std::filesystem::path& folder)>& begin);

/// All runs' fronts in one archive, each architecture once, and that archive's front.
Archive merged_fronts(const SearchConfig& config, const std::vector<SeedRun>& runs);

}  // namespace lts::search

#pragma once

#include <cstdint>
#include <vector>

#include "cli/commands/search_output.h"
#include "search/run/run.h"
#include "search/search_config.h"

namespace lts::cli {

/// `lts search --seeds`: a run per seed, then what they came to. JSON: the document of one search
/// over all runs (evaluations and seconds added up, their fronts merged), and each one's under
/// `runs`.
int search_seeds(const search::SearchConfig& config, const std::vector<std::uint64_t>& seeds,
                 const search::RunOptions& options, const SearchPrinting& printing);

}  // namespace lts::cli

#pragma once

#include <cstdint>
#include <vector>

#include "cli/command.h"

namespace lts::cli {

/// `lts search --dry-run`: what the search is about to be, for each of `seeds` where there are any.
/// Asks no device and leaves nothing.
int search_dry_run(const Arguments& args, const std::vector<std::uint64_t>& seeds);

}  // namespace lts::cli

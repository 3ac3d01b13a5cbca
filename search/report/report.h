#pragma once

#include <filesystem>
#include <span>

#include "search/run/saved_run.h"

namespace lts::search {

/// Writes `folder`/report.html and `folder`/plots/: each figure an SVG with a CSV of its name.
/// \throws Error kUser, before it writes, naming the first run whose objectives (names, directions,
/// units) are not the first one's; kRuntime for the disk.
void write_report(const std::filesystem::path& folder, std::span<const SavedRun> runs);

}  // namespace lts::search

#pragma once

#include <filesystem>
#include <span>

#include "search/saved_run.h"

namespace lts::search {

/// Refuses runs that do not belong in one report. \throws Error kUser naming the first run whose
/// objectives (names, directions, units) are not the first one's.
void refuse_mixed(std::span<const SavedRun> runs);

/// Writes `folder`/report.html and `folder`/plots/: each figure an SVG with a CSV of its name.
/// \throws Error as refuse_mixed, kRuntime for the disk.
void write_report(const std::filesystem::path& folder, std::span<const SavedRun> runs);

}  // namespace lts::search

#pragma once

#include <filesystem>

#include "search/archive.h"

namespace lts::search {

/// Writes, for each pair of objectives, `<x>_vs_<y>.svg` and the CSV of its points (x, y, on_front,
/// archid): everything evaluated in grey, the front in colour, each point's architecture as its
/// tooltip. Values are in the objectives' units.
void write_plots(const std::filesystem::path& folder, const Archive& archive);

}  // namespace lts::search

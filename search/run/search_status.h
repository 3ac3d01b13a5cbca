#pragma once

#include <filesystem>

#include "core/run_status.h"

namespace lts::search {

/// Where the search in `folder` stands, by its journal; ages are counted up to `now`. Changes
/// nothing; the run may go on meanwhile. A damaged journal makes it kDamaged. Precondition:
/// holds_run(folder).
RunStatus search_status(const std::filesystem::path& folder, std::filesystem::file_time_type now);

}  // namespace lts::search

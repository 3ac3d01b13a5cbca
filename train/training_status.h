#pragma once

#include <filesystem>

#include "core/run_status.h"

namespace lts::train {

/// Whether the folder holds a training run, were it only begun.
bool holds_training_run(const std::filesystem::path& folder);

/// Where the training run in `folder` stands; ages are counted up to `now`. Reads small files only
/// and changes nothing; a run may go on meanwhile. What cannot be read makes it kDamaged.
/// Precondition: holds_training_run(folder).
RunStatus training_status(const std::filesystem::path& folder, std::filesystem::file_time_type now);

}  // namespace lts::train

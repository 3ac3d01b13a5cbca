#pragma once

#include <span>
#include <string>

#include "search/saved_run.h"

namespace lts::search {

/// Predicted against measured; empty where no objective is predicted that another one measures.
std::string prediction_section(std::span<const SavedRun> runs);

/// How sure the measurements are and what machine they were made on.
std::string machine_section(std::span<const SavedRun> runs);

}  // namespace lts::search

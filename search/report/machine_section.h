#pragma once

#include <span>
#include <string>

#include "search/report/figures.h"
#include "search/run/saved_run.h"

namespace lts::search {

/// Predicted against measured (prediction_figures); empty where there is no figure.
std::string prediction_section(std::span<const Figure> figures);

/// How sure the measurements are (`noise`: their noise_figures) and what machine they were made on.
std::string machine_section(std::span<const SavedRun> runs, std::span<const Figure> noise);

}  // namespace lts::search

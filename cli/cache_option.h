#pragma once

#include <memory>

#include "cli/command.h"
#include "predictor/hardware_config.h"
#include "predictor/measurement_cache.h"
#include "predictor/profiler.h"

namespace lts::cli {

/// Declares `--cache FILE`.
void add_cache_option(Arguments& args);

/// The measurement cache of `--cache`, else of the environment's LTS_CACHE; null where neither
/// names one or the name is empty. \throws Error kUser when the file cannot be used.
std::shared_ptr<predictor::MeasurementCache> cache_option(const Arguments& args);

/// The profiler of a hardware file, behind the cache if there is one. \throws Error as
/// make_profiler.
std::shared_ptr<predictor::Profiler> make_profiler(
    const predictor::HardwareConfig& hardware,
    const std::shared_ptr<predictor::MeasurementCache>& cache);

}  // namespace lts::cli

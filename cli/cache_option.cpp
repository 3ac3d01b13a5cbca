#include "cli/cache_option.h"

#include <cstdlib>
#include <string>

#include "predictor/profilers/profilers.h"

namespace lts::cli {

void add_cache_option(Arguments& args) {
  args.option("cache", "FILE",
              "keep measurements here and take from here what was measured on this hardware under "
              "this protocol (default: $LTS_CACHE, else none; '' for none)");
}

std::shared_ptr<predictor::MeasurementCache> cache_option(const Arguments& args) {
  const char* environment = std::getenv("LTS_CACHE");
  const std::string file = args.text("cache", environment ? environment : "");
  if (file.empty()) return nullptr;
  return std::make_shared<predictor::MeasurementCache>(file);
}

std::shared_ptr<predictor::Profiler> make_profiler(
    const predictor::HardwareConfig& hardware,
    const std::shared_ptr<predictor::MeasurementCache>& cache) {
  auto profiler = predictor::make_profiler(hardware);
  if (!cache) return profiler;
  return std::make_shared<predictor::CachedProfiler>(std::move(profiler), cache);
}

}  // namespace lts::cli

#include "predictor/profilers/profilers.h"

#include <array>

#include "core/error.h"
#include "predictor/profilers/torch_profiler.h"

namespace lts::predictor {
namespace {

bool is_torch_device(const HardwareConfig& config) {
  return !config.remote && (config.device == "cpu" || config.device.starts_with("cuda"));
}

// One line a profiler.
constexpr std::array kProfilers{
    ProfilerEntry{"torch", is_torch_device, make_torch_profiler},
};

}  // namespace

std::span<const ProfilerEntry> profilers() { return kProfilers; }

std::shared_ptr<Profiler> make_profiler(const HardwareConfig& config) {
  for (const ProfilerEntry& entry : kProfilers) {
    if (entry.drives(config)) return entry.make(config);
  }
  throw user_error(config.place, "no profiler drives device '" + config.device + "'");
}

}  // namespace lts::predictor

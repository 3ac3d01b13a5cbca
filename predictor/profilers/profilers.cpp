#include "predictor/profilers/profilers.h"

#include <array>

#include "core/error.h"
#include "predictor/device_profiler.h"
#include "predictor/profilers/torch_device.h"

namespace lts::predictor {
namespace {

bool is_torch_device(const HardwareConfig& config) {
  return !config.remote && (config.device == "cpu" || config.device.starts_with("cuda"));
}

// One line a kind of device.
constexpr std::array kDeviceKinds{
    DeviceEntry{"torch", is_torch_device, make_torch_device},
};

}  // namespace

std::span<const DeviceEntry> device_kinds() { return kDeviceKinds; }

std::unique_ptr<Device> make_device(const HardwareConfig& config) {
  for (const DeviceEntry& entry : kDeviceKinds) {
    if (entry.drives(config)) return entry.make(config);
  }
  throw user_error(config.place, "nothing drives device '" + config.device + "'");
}

std::shared_ptr<Profiler> make_profiler(const HardwareConfig& config) {
  return std::make_shared<DeviceProfiler>(make_device(config));
}

}  // namespace lts::predictor

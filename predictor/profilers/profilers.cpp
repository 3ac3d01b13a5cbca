#include "predictor/profilers/profilers.h"

#include <array>
#include <stop_token>

#include "core/error.h"
#include "predictor/device_profiler.h"
#include "predictor/pool_profiler.h"
#include "predictor/profilers/remote_tools.h"
#include "predictor/profilers/torch_device.h"
#include "predictor/yardstick.h"

namespace lts::predictor {
namespace {

bool is_remote(const HardwareConfig& config) { return config.remote.has_value(); }

Devices make_remote(const HardwareConfig& config) {
  return make_remote_devices(config, remote_tools(config));
}

bool is_torch(const HardwareConfig& config) {
  return !is_remote(config) && (config.device == "cpu" || config.device.starts_with("cuda"));
}

Devices make_torch(const HardwareConfig& config) {
  Devices devices;
  devices.push_back(make_torch_device(config));
  return devices;
}

// One line a kind of device.
constexpr std::array kDeviceKinds{
    DeviceEntry{"remote", is_remote, make_remote},
    DeviceEntry{"torch", is_torch, make_torch},
};

}  // namespace

std::span<const DeviceEntry> device_kinds() { return kDeviceKinds; }

Devices make_devices(const HardwareConfig& config) {
  for (const DeviceEntry& entry : kDeviceKinds) {
    if (entry.drives(config)) return entry.make(config);
  }
  throw user_error(config.place, "nothing drives device '" + config.device + "'");
}

std::shared_ptr<Profiler> make_profiler(const HardwareConfig& config) {
  const std::stop_source stop;  // of the pool, where there is one
  const std::stop_token stopped = stop.get_token();
  std::vector<std::shared_ptr<Profiler>> profilers;
  for (auto& device : make_devices(config)) {
    profilers.push_back(std::make_shared<DeviceProfiler>(std::move(device), system_clock(stopped),
                                                         stopped, machine_yardsticks()));
  }
  if (profilers.size() == 1) return profilers.front();
  return std::make_shared<PoolProfiler>(std::move(profilers), stop);
}

}  // namespace lts::predictor

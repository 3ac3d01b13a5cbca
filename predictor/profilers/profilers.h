#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "predictor/device.h"
#include "predictor/hardware_config.h"
#include "predictor/profiler.h"

namespace lts::predictor {

/// The devices of a hardware file, identical, one or more.
using Devices = std::vector<std::unique_ptr<Device>>;

/// A kind of device: which hardware files it takes, and how those of a file are made.
struct DeviceEntry {
  std::string_view name;
  bool (*drives)(const HardwareConfig& config);
  Devices (*make)(const HardwareConfig& config);
};

/// Every kind; the first that drives a hardware file measures on it.
std::span<const DeviceEntry> device_kinds();

/// The devices of a hardware file. \throws Error kUser, beginning with the place, when the hardware
/// is not there or the file is wrong about it; DeviceLost when it does not answer.
Devices make_devices(const HardwareConfig& config);

/// The same behind the measuring loop, the sentinel and the answer to failures; several devices
/// measure different candidates at once.
std::shared_ptr<Profiler> make_profiler(const HardwareConfig& config);

}  // namespace lts::predictor

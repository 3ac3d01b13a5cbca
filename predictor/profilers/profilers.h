#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "predictor/device.h"
#include "predictor/hardware_config.h"
#include "predictor/profiler.h"

namespace lts::predictor {

/// A kind of device: which hardware files it takes, and how it is made for one.
struct DeviceEntry {
  std::string_view name;
  bool (*drives)(const HardwareConfig& config);
  std::unique_ptr<Device> (*make)(const HardwareConfig& config);
};

/// Every kind; the first that drives a hardware file measures on it.
std::span<const DeviceEntry> device_kinds();

/// The device of a hardware file. \throws Error kUser, beginning with the place of its `device`,
/// when the hardware is not there.
std::unique_ptr<Device> make_device(const HardwareConfig& config);

/// The same behind the measuring loop, the sentinel and the answer to failures.
std::shared_ptr<Profiler> make_profiler(const HardwareConfig& config);

}  // namespace lts::predictor

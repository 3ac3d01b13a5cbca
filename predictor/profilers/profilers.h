#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "predictor/hardware_config.h"
#include "predictor/profiler.h"

namespace lts::predictor {

/// A way to measure: which hardware files it takes, and how it is made for one.
struct ProfilerEntry {
  std::string_view name;
  bool (*drives)(const HardwareConfig& config);
  std::shared_ptr<Profiler> (*make)(const HardwareConfig& config);
};

/// Every profiler; the first that drives a hardware file measures on it.
std::span<const ProfilerEntry> profilers();

/// The profiler of a hardware file. \throws Error kUser, beginning with the place of its `device`,
/// when the hardware is not there.
std::shared_ptr<Profiler> make_profiler(const HardwareConfig& config);

}  // namespace lts::predictor

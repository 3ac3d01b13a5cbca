#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "predictor/device.h"
#include "predictor/hardware_config.h"
#include "predictor/measuring_loop.h"
#include "predictor/objective.h"

namespace lts::predictor {

/// What one architecture costs on one hardware.
struct Profile {
  Latency latency;
  Memory memory;
  nlohmann::ordered_json extras;    ///< whatever else the device said; an object or null
  nlohmann::ordered_json hardware;  ///< fingerprint and library versions
  nlohmann::ordered_json protocol;  ///< the hardware file, complete
  bool cached = false;              ///< measured earlier, taken from a measurement cache
};

/// `{latency: {...}, memory: {...}, hardware, protocol}`, as `lts profile --json` prints it, and
/// `cached: true` where it is.
nlohmann::ordered_json profile_json(const Profile& profile);

/// The inverse of profile_json; keys that it does not know are left out. \throws
/// nlohmann::json::exception for what profile_json does not write.
Profile read_profile(const nlohmann::ordered_json& json);

/// Measures architectures on one hardware, one at a time.
class Profiler {
 public:
  virtual ~Profiler() = default;
  virtual const HardwareConfig& config() const = 0;
  /// The hardware as a Profile made now would name it (Profile::hardware). \throws Error kStopped
  /// for a lost device.
  virtual nlohmann::ordered_json fingerprint() = 0;
  /// \throws Error kUser when the architecture cannot run under this protocol (too long a
  /// sequence) and kRuntime when it fails underneath (out of memory): the candidate's own failures;
  /// kStopped for what ends the run, a signal or a lost device.
  virtual Profile profile(const space::Architecture& architecture) = 0;
  /// As profile(), but where the device is lost and not back at once \throws DeviceLost instead of
  /// waiting: whoever has other devices measures there.
  virtual Profile profile_unless_lost(const space::Architecture& architecture) {
    return profile(architecture);
  }
  /// After such a loss: waits for the device. \throws Error kStopped when it does not return.
  virtual void wait_for_return(const DeviceLost&) {}
  /// What will be asked for next, in that order: whoever has several devices begins already.
  virtual void announce(std::span<const space::Architecture>) {}
};

/// Names of the figures of a profile: "latency.median_s", "memory.peak_bytes", ...
std::vector<std::string> metric_names();

/// An evaluator of each metric, in order. They share the measurement of the architecture measured
/// last, a failed one too, so several metrics cost one measurement; an architecture of which the
/// same metric is asked again is measured anew. A candidate's own failure (kUser, kRuntime) becomes
/// a Failure. Precondition: every metric is one of metric_names().
std::vector<std::shared_ptr<Evaluator>> make_measured(std::shared_ptr<Profiler> profiler,
                                                      const std::vector<std::string>& metrics);

}  // namespace lts::predictor

#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "predictor/hardware_config.h"
#include "space/architecture.h"

namespace lts::predictor {

/// The device itself is gone or broken (no connection, no answer, restarted): no fault of the
/// candidate, which is measured again when the device is back. Ends a run only after a long wait.
class DeviceLost : public Error {
 public:
  explicit DeviceLost(const std::string& message) : Error(ErrorKind::kStopped, message) {}
};

/// Memory of one architecture on one device, each figure named for what it is. Bytes; a figure that
/// the device does not give is absent.
struct Memory {
  std::int64_t weight_bytes = 0;  ///< of the model in the measured dtype
  /// The most that was held at once during a run, weights included: LibTorch's allocator's count,
  /// or what the device's program reports.
  std::optional<std::int64_t> peak_bytes{};
  /// By how much the process's resident set rose at most over what it was without the model.
  std::optional<std::int64_t> resident_peak_bytes{};
  /// The same as peak_bytes in closed form, from the sizes and lifetimes of the tensors of a run.
  std::optional<std::int64_t> liveness_peak_bytes{};
};

/// One architecture made ready on a device; unloaded by its destructor, which does not throw.
class LoadedModel {
 public:
  virtual ~LoadedModel() = default;

  /// Runs it `runs` times, one after another, and returns the seconds of each run by the device's
  /// own clock; everything asynchronous has finished. \throws Error kUser or kRuntime for the
  /// candidate's own failure, DeviceLost for the device's.
  virtual std::vector<double> time_runs(int runs) = 0;

  /// What is known of its memory; complete after the first time_runs().
  virtual Memory memory() const = 0;

  /// Whatever else the device said of the model (load_s, energy_j, ...); an object.
  virtual nlohmann::ordered_json extras() const { return nlohmann::ordered_json::object(); }
};

/// Where architectures run under the protocol of a hardware file. Not thread-safe; several models
/// may be loaded at once (a candidate and the sentinel). Warm-up, repetition, drift and verdict are
/// not its business: device_profiler.h has them for every device.
class Device {
 public:
  virtual ~Device() = default;

  virtual const HardwareConfig& config() const = 0;

  /// What the device is, as far as it bears on a measurement, with library versions. A key of the
  /// measurement cache: nothing that changes from one minute to the next stands in it. \throws
  /// DeviceLost.
  virtual nlohmann::ordered_json fingerprint() = 0;

  /// Makes an architecture without flaw ready to run. \throws Error kUser when it cannot run under
  /// this protocol and kRuntime when it fails underneath (out of memory, operator not supported):
  /// the candidate's own failures; DeviceLost.
  virtual std::unique_ptr<LoadedModel> load(const space::Architecture& architecture) = 0;

  /// As load(), for a part of the sentinel: on one thread where the device can, since a small model
  /// on several shows how long threads wait for one another, not how fast the device is.
  virtual std::unique_ptr<LoadedModel> load_sentinel(const space::Architecture& architecture) {
    return load(architecture);
  }

  /// Waits until the device has rested as its hardware file asks: before each candidate, and in no
  /// candidate's time. \throws Error kStopped.
  virtual void rest() {}

  /// Connects again after a loss; models loaded before are gone. \throws DeviceLost while it is
  /// still away. Nothing to do for a device that is this process.
  virtual void reopen() {}

  /// Seconds that the threads of the work have waited for a processor since they began, or nothing
  /// where the system does not tell. A rise during a run means that other work took its turn.
  virtual std::optional<double> waited_s() { return std::nullopt; }

  /// A short state of the device (clock, temperature, throttling) that must be the same before and
  /// after a measurement, or null where it has none. \throws DeviceLost.
  virtual nlohmann::ordered_json state() { return nullptr; }
};

}  // namespace lts::predictor

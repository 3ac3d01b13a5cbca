#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace lts {

/// One NVIDIA GPU as its driver's management library (NVML) describes it. The library is loaded
/// when it is asked for, so nothing of it is needed to build, and a machine without it has no Gpu.
class Gpu {
 public:
  /// `which` is a PCI bus id ("0000:17:00.0": what CUDA tells of a device, whatever
  /// CUDA_VISIBLE_DEVICES hides) or an index in the driver's order ("0"). Null where there is no
  /// library, no driver or no such GPU.
  static std::unique_ptr<Gpu> open(const std::string& which,
                                   const std::string& library = "libnvidia-ml.so.1");
  ~Gpu();
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;

  /// What stays so: name, driver, memory_bytes, max_sm_clock_hz, max_memory_clock_hz,
  /// power_limit_w, persistence_mode, mig_mode. What the driver does not tell is null.
  nlohmann::ordered_json fingerprint() const;

  /// What changes: sm_clock_hz, memory_clock_hz, temperature_c, power_w, utilization_percent,
  /// memory_used_bytes, num_compute_processes, throttle_reasons (NVML's names in snake case; idle
  /// and the clocks' settings are none).
  nlohmann::ordered_json state() const;

 private:
  struct Library;
  Gpu();
  std::unique_ptr<Library> library_;
};

}  // namespace lts

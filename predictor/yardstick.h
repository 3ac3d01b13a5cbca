#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "predictor/hardware_config.h"

namespace lts::predictor {

/// Seconds of one run of each part of the sentinel on the calm device.
struct Yardstick {
  double compute_s = 0, memory_s = 0;

  bool operator==(const Yardstick&) const = default;
};

/// The yardsticks of this user's devices, kept in a file so that what one process measured and what
/// another did are at the same speed of the device. Lost when the machine starts anew, as the
/// folder is (core/machine_folder.h). Where the file cannot be had every process has its own
/// yardstick, and a warning says so.
class Yardsticks {
 public:
  explicit Yardsticks(std::optional<std::filesystem::path> file) : file_(std::move(file)) {}

  /// What was kept last for runs of this kind on this device.
  std::optional<Yardstick> find(const HardwareConfig& config,
                                const nlohmann::ordered_json& fingerprint) const;
  void keep(const HardwareConfig& config, const nlohmann::ordered_json& fingerprint,
            const Yardstick& yardstick) const;

 private:
  std::optional<std::filesystem::path> file_;
};

/// In the folder that the processes of this user share.
Yardsticks machine_yardsticks();

}  // namespace lts::predictor

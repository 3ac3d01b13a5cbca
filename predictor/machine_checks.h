#pragma once

#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "core/activity.h"
#include "predictor/doctor.h"

namespace lts::predictor {

/// What was seen of this machine while nothing of ours ran and while the sentinel did.
struct Observation {
  Activity before, idle, after;                      ///< a quiet second lies between the first two
  double idle_s = 0, noise_s = 0;                    ///< seconds between the readings
  nlohmann::ordered_json state_before, state_after;  ///< hardware_state
  std::vector<double> frequencies_hz;  ///< the fastest CPU's after each block; may be empty
};

/// What the settings and the build of a machine do to measurements by a hardware file: threads,
/// governor, turbo, smt, numa, virtualisation, power, clock source.
std::vector<Check> setting_checks(const HardwareConfig& config, const std::filesystem::path& root);

/// What other work and heat did while it was watched: load, steal, waiting, memory, frequency,
/// thermal.
std::vector<Check> activity_checks(const HardwareConfig& config, const Observation& seen,
                                   const std::filesystem::path& root);

/// persistence mode, other processes and throttling of a GPU.
std::vector<Check> gpu_checks(const nlohmann::ordered_json& fingerprint,
                              const nlohmann::ordered_json& state);

}  // namespace lts::predictor

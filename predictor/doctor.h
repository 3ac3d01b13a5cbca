#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/activity.h"
#include "predictor/hardware_config.h"
#include "predictor/noise_floor.h"

namespace lts::predictor {

/// What one look at the machine found.
struct Check {
  enum class Status {
    kOk,
    kWarn,  ///< may disturb measurements
    kFail,  ///< does, or makes the protocol impossible
  };
  std::string name;
  Status status = Status::kOk;
  std::string found;
  std::string advice{};  ///< what to do about it; "" where there is nothing to do
};
/// "ok", "warn" or "fail".
std::string status_name(Check::Status status);

/// Whether a machine is fit to measure on: "unfit" where a check failed, else "fit" where noise and
/// drift of the sentinel are within the hardware file's relative_ci (2 % where that is 0), else
/// "usable with care". So what was measured decides, and what was found explains it.
struct DoctorReport {
  std::vector<Check> checks;
  NoiseFloor noise;
  std::string verdict;
};
/// `{checks: [{name, status, found, advice}], noise_percent, drift_percent, verdict, sentinel}`.
nlohmann::ordered_json doctor_json(const DoctorReport& report);

/// The machine before the doctor, and how to work it.
struct Patient {
  TimeRuns time_runs;  ///< of the sentinel under the hardware file's protocol
  bool local = true;   ///< false: a device elsewhere, of which this machine's /proc tells nothing
  std::filesystem::path root = "/";
  std::function<double()> now_s;  ///< monotonic
  std::function<void(double seconds)> sleep_s;
  nlohmann::ordered_json gpu_fingerprint{}, gpu_state{};  ///< of core/gpu.h, null without one
};

/// Looks at the machine for a second, measures its noise floor for `noise_s` and looks again.
/// \throws Error kStopped by a signal, and what time_runs throws.
DoctorReport examine(const HardwareConfig& config, const Patient& patient, double noise_s);

}  // namespace lts::predictor

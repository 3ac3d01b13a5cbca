#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "predictor/device.h"
#include "predictor/profiler.h"
#include "predictor/sentinel.h"
#include "predictor/yardstick.h"

namespace lts::predictor {

/// Time, so that tests can hand in their own.
struct Clock {
  std::function<double()> now_s = steady_now_s;  ///< monotonic
  /// Waits; returns early when the program is interrupted.
  std::function<void(double seconds)> sleep_s;
  /// "14:02": for messages.
  std::function<std::string()> time_of_day;
};

/// The system's; its sleep also ends early when a stop is requested.
Clock system_clock(std::stop_token stop = {});

/// Measures on any device: the measuring loop, the sentinel, and the answer to failures.
///
/// - A candidate's failure is thrown and not repeated, unless the sentinel fails too: then it is
/// the
///   device's.
/// - While the device is lost the candidate waits: "device lost since 14:02, retrying". On return
///   the sentinel is measured first. After `device_wait_s` of the hardware file: kStopped.
/// - A candidate under which the device is lost three times, while the sentinel runs in between,
/// has
///   failed itself.
/// - Five different candidates that fail in a row: kStopped with the five reasons.
class DeviceProfiler final : public Profiler {
 public:
  /// A requested stop ends the waiting for a lost device: kStopped. `yardsticks`: of earlier
  /// processes, where the measurements shall be at the same speed as theirs.
  explicit DeviceProfiler(std::unique_ptr<Device> device, Clock clock = system_clock(),
                          std::stop_token stop = {},
                          Yardsticks yardsticks = Yardsticks(std::nullopt));

  const HardwareConfig& config() const override { return device_->config(); }
  nlohmann::ordered_json fingerprint() override;
  Profile profile(const space::Architecture& architecture) override;
  Profile profile_unless_lost(const space::Architecture& architecture) override;
  void wait_for_return(const DeviceLost& loss) override { wait_for_device(loss); }

 private:
  enum class Patience { kWait, kReturnAtOnce };
  Profile profile(const space::Architecture& architecture, Patience patience);
  void after_loss(const space::Architecture& architecture, int losses, const DeviceLost& loss,
                  Patience patience);
  void come_back(const DeviceLost& loss, Patience patience);
  Profile measure(const space::Architecture& architecture);
  Stopwatch stopwatch();
  Sentinel* ready_sentinel();
  SentinelModels load_sentinel();
  void first_sentinel();
  void wait_for_device(const DeviceLost& loss);
  void try_to_return();
  bool sentinel_fails();
  [[noreturn]] void fail(const space::Architecture& architecture, const Error& error);
  void note_failure(const space::Architecture& architecture, const Error& error);

  std::unique_ptr<Device> device_;
  Clock clock_;
  std::stop_token stop_;
  Yardsticks yardsticks_;
  std::optional<Sentinel> sentinel_;
  std::vector<std::pair<space::Architecture, std::string>> failures_;  ///< in a row
};

}  // namespace lts::predictor

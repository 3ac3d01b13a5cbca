#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <thread>
#include <variant>
#include <vector>

#include "predictor/profiler.h"

namespace lts::predictor {

/// Several identical devices at once, a different candidate on each: what was announced is measured
/// in that order by whichever device is free, and profile() waits for its own. A device that is
/// lost and not back at once hands its candidate to the others, once for each candidate, and waits
/// for its return; the last one that is gone for good ends the run.
class PoolProfiler final : public Profiler {
 public:
  /// Precondition: one or more, each used by this object alone, all under the same protocol. A stop
  /// is requested of `stop` at the end, for devices that then wait for their return. \throws Error
  /// kStopped when the first is lost and does not return.
  explicit PoolProfiler(std::vector<std::shared_ptr<Profiler>> devices, std::stop_source stop = {});
  /// Waits for the measurements under way, and for no device that is away.
  ~PoolProfiler() override;
  PoolProfiler(const PoolProfiler&) = delete;
  PoolProfiler& operator=(const PoolProfiler&) = delete;

  const HardwareConfig& config() const override { return devices_.front()->config(); }
  /// Of the first, taken before the devices went to work: they are identical.
  nlohmann::ordered_json fingerprint() override { return fingerprint_; }
  Profile profile(const space::Architecture& architecture) override;
  /// Drops what was announced before and not begun.
  void announce(std::span<const space::Architecture> architectures) override;

 private:
  using Result = std::variant<Profile, std::exception_ptr>;
  /// What came of a candidate on one device; no result where another is to measure it.
  struct Attempt {
    std::optional<Result> result{};
    std::optional<DeviceLost> loss{};  ///< the device is away
    std::exception_ptr gone{};         ///< the device will not be back in this run
  };

  void work(Profiler& device);
  Attempt attempt(Profiler& device, const space::Architecture& architecture, bool may_hand_over);
  void wait_for_return(Profiler& device, Attempt& attempt);
  void leave(std::exception_ptr why);
  bool known(const space::Architecture& architecture) const;

  std::vector<std::shared_ptr<Profiler>> devices_;
  std::stop_source stop_;
  nlohmann::ordered_json fingerprint_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<space::Architecture> queue_;
  std::set<space::Architecture> under_way_;
  std::set<space::Architecture> handed_over_;  ///< by a device that was lost
  std::map<space::Architecture, Result> results_;
  std::size_t working_;       ///< devices that are not gone
  std::exception_ptr end_{};  ///< why the last of them has gone
  bool closing_ = false;
  std::vector<std::jthread> workers_;  ///< last: they end before what they use
};

}  // namespace lts::predictor

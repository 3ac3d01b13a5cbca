#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <thread>
#include <variant>
#include <vector>

#include "predictor/profiler.h"

namespace lts::predictor {

/// Several identical devices at once, a different candidate on each: what was announced is measured
/// in that order by whichever device is free, and profile() waits for its own. A device that is
/// gone for good hands its candidate to the others; the last one's loss ends the run.
class PoolProfiler final : public Profiler {
 public:
  /// Precondition: one or more, each used by this object alone, all under the same protocol.
  /// \throws Error kStopped when the first is lost and does not return.
  explicit PoolProfiler(std::vector<std::shared_ptr<Profiler>> devices);
  /// Waits for the measurements under way.
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

  void work(Profiler& device);
  Result measure(Profiler& device, const space::Architecture& architecture, bool& gone);
  bool known(const space::Architecture& architecture) const;

  std::vector<std::shared_ptr<Profiler>> devices_;
  nlohmann::ordered_json fingerprint_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<space::Architecture> queue_;
  std::set<space::Architecture> under_way_;
  std::map<space::Architecture, Result> results_;
  std::size_t working_;  ///< devices that are not gone
  bool closing_ = false;
  std::vector<std::jthread> workers_;  ///< last: they end before what they use
};

}  // namespace lts::predictor

#include "predictor/profilers/allocation_peak.h"

#include <c10/core/Allocator.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>

namespace lts::predictor {

/// What LibTorch tells of each allocation and release. A block that was allocated before is not
/// this object's: its release does not count.
class AllocationCounter final : public c10::MemoryReportingInfoBase {
 public:
  explicit AllocationCounter(c10::DeviceType device) : device_(device) {}

  void reportMemoryUsage(void* block, std::int64_t size_bytes, std::size_t, std::size_t,
                         c10::Device device) override {
    if (device.type() != device_) return;
    const std::lock_guard lock(mutex_);
    if (size_bytes >= 0) {
      sizes_[block] = size_bytes;
      current_bytes_ += size_bytes;
      peak_bytes_ = std::max(peak_bytes_, current_bytes_);
    } else if (const auto found = sizes_.find(block); found != sizes_.end()) {
      current_bytes_ -= found->second;
      sizes_.erase(found);
    }
  }

  bool memoryProfilingEnabled() const override { return true; }

  std::int64_t current_bytes() const {
    const std::lock_guard lock(mutex_);
    return current_bytes_;
  }
  std::int64_t peak_bytes() const {
    const std::lock_guard lock(mutex_);
    return peak_bytes_;
  }
  void restart() {
    const std::lock_guard lock(mutex_);
    peak_bytes_ = current_bytes_;
  }

 private:
  const c10::DeviceType device_;
  mutable std::mutex mutex_;  // LibTorch hands the counter on to its worker threads
  std::unordered_map<void*, std::int64_t> sizes_;
  std::int64_t current_bytes_ = 0, peak_bytes_ = 0;
};

AllocationPeak::AllocationPeak(c10::DeviceType device)
    : counter_(std::make_shared<AllocationCounter>(device)),
      guard_(c10::DebugInfoKind::PROFILER_STATE, counter_) {}

AllocationPeak::~AllocationPeak() = default;

std::int64_t AllocationPeak::current_bytes() const { return counter_->current_bytes(); }
std::int64_t AllocationPeak::peak_bytes() const { return counter_->peak_bytes(); }
void AllocationPeak::restart() { counter_->restart(); }

}  // namespace lts::predictor

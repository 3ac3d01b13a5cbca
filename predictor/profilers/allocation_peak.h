#pragma once

#include <c10/core/Device.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <cstdint>
#include <memory>

namespace lts::predictor {

class AllocationCounter;

/// Counts what LibTorch's allocator hands out on one kind of device while this object lives, for
/// allocations of the thread that made it. Exact to the byte on the CPU; on CUDA in the sizes its
/// allocator rounds to. Memory that libraries below take for themselves (oneDNN's and MKL's
/// scratch) is not seen. One at a time in a thread, and not beside LibTorch's own profiler, which
/// takes the same hook.
class AllocationPeak {
 public:
  explicit AllocationPeak(c10::DeviceType device);
  ~AllocationPeak();
  AllocationPeak(const AllocationPeak&) = delete;
  AllocationPeak& operator=(const AllocationPeak&) = delete;

  /// Bytes held now that were allocated since construction.
  std::int64_t current_bytes() const;
  /// The most that current_bytes() has been since construction or the last restart().
  std::int64_t peak_bytes() const;
  /// Forgets the peak so far: it begins again at current_bytes().
  void restart();

 private:
  std::shared_ptr<AllocationCounter> counter_;
  c10::DebugInfoGuard guard_;
};

}  // namespace lts::predictor

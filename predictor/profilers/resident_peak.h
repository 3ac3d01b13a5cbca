#pragma once

#include <cstdint>
#include <optional>

namespace lts::predictor {

/// By how much this process's resident set rises above what it was when this object was made, by
/// Linux's own count (VmHWM of /proc/self/status, set back by writing 5 to /proc/self/clear_refs).
/// Left out is what is not of the work measured: free memory of the C library's heap, by giving it
/// back to the system first and giving each larger block pages of its own until stop(); pages of
/// files (a library's code, touched for the first time). One at a time.
class ResidentPeak {
 public:
  ResidentPeak();
  ~ResidentPeak();
  ResidentPeak(const ResidentPeak&) = delete;
  ResidentPeak& operator=(const ResidentPeak&) = delete;

  /// Forgets the peak so far; what the rise is counted from stays.
  void restart();

  /// Ends the count: bytes since construction or the last restart(), or nothing where the system
  /// does not tell. Linux counts in batches of pages of each processor: exact to a few hundred KiB.
  std::optional<std::int64_t> stop();

 private:
  bool counts_ = false;
  std::int64_t before_bytes_ = 0, file_before_bytes_ = 0;
};

}  // namespace lts::predictor

#pragma once

#include <cstdint>
#include <optional>

namespace lts::predictor {

/// By how much this process's resident set rises above what it was when this object was made, by
/// Linux's own count (VmHWM of /proc/self/status, set back by writing 5 to /proc/self/clear_refs).
/// Memory that the allocator keeps free is given back to the system first, or what is measured
/// would hide in it. Pages of files (a library's code, touched for the first time) are left out.
/// One at a time.
class ResidentPeak {
 public:
  ResidentPeak();

  /// Forgets the peak so far; what the rise is counted from stays.
  void restart();

  /// Bytes since construction or the last restart(), or nothing where the system does not tell.
  /// Linux counts in pages and batches of pages of each processor: exact to a few hundred KiB.
  std::optional<std::int64_t> rise_bytes() const;

 private:
  bool counts_ = false;
  std::int64_t before_bytes_ = 0, file_before_bytes_ = 0;
};

}  // namespace lts::predictor

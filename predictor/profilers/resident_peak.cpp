#include "predictor/profilers/resident_peak.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace lts::predictor {
namespace {

struct ResidentSet {
  std::int64_t now_bytes = -1, peak_bytes = -1, file_bytes = -1;

  bool known() const { return now_bytes >= 0 && peak_bytes >= 0 && file_bytes >= 0; }
};

ResidentSet resident_set() {
  ResidentSet out;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    std::istringstream words(line);
    std::string key;
    std::int64_t kib = 0;
    if (!(words >> key >> kib)) continue;
    if (key == "VmRSS:") out.now_bytes = kib * 1024;
    if (key == "VmHWM:") out.peak_bytes = kib * 1024;
    if (key == "RssFile:") out.file_bytes = kib * 1024;
  }
  return out;
}

/// Whether blocks above a page or so come straight from the system and go straight back, or, as
/// glibc itself arrives at after some large ones, from the heap: page faults would be timed.
void give_blocks_own_pages([[maybe_unused]] bool own_pages) {
#if defined(__GLIBC__)
  constexpr int kSmall = 1 << 14, kLargest = 1 << 25;  // glibc's DEFAULT_MMAP_THRESHOLD_MAX
  mallopt(M_MMAP_THRESHOLD, own_pages ? kSmall : kLargest);
  mallopt(M_TRIM_THRESHOLD, 2 * kLargest);
#endif
}

bool restart_peak() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
  std::ofstream file("/proc/self/clear_refs");
  file << "5" << std::flush;
  return file.good();
}

}  // namespace

ResidentPeak::ResidentPeak() : counts_(restart_peak()) {
  give_blocks_own_pages(true);
  const ResidentSet before = resident_set();
  counts_ = counts_ && before.known();
  before_bytes_ = before.now_bytes;
  file_before_bytes_ = before.file_bytes;
}

ResidentPeak::~ResidentPeak() { give_blocks_own_pages(false); }

void ResidentPeak::restart() { counts_ = counts_ && restart_peak(); }

std::optional<std::int64_t> ResidentPeak::stop() {
  const ResidentSet now = resident_set();
  give_blocks_own_pages(false);
  if (!counts_ || !now.known()) return std::nullopt;
  const std::int64_t file_rise = std::max<std::int64_t>(0, now.file_bytes - file_before_bytes_);
  return std::max<std::int64_t>(0, now.peak_bytes - before_bytes_ - file_rise);
}

}  // namespace lts::predictor

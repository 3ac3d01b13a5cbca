#include "train/peak_memory.h"

#include <c10/core/CachingDeviceAllocator.h>

#include <fstream>
#include <string>

namespace lts::train {

namespace {

std::int64_t resident_peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::int64_t size_kib = 0;
    if (word == "VmHWM:" && status >> size_kib) return size_kib * 1024;
  }
  return 0;
}

}  // namespace

std::int64_t peak_memory_bytes(c10::Device device) {
  if (device.is_cpu()) return resident_peak_bytes();
  return at::getDeviceAllocator(device.type())
      ->getDeviceStats(device.index())
      .reserved_bytes[0]  // the aggregate
      .peak;
}

void reset_peak_memory(c10::Device device) {
  if (device.is_cpu())
    std::ofstream("/proc/self/clear_refs") << "5";
  else
    at::getDeviceAllocator(device.type())->resetPeakStats(device.index());
}

}  // namespace lts::train

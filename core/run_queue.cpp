#include "core/run_queue.h"

#include <cstdint>
#include <fstream>
#include <system_error>

namespace lts {

std::optional<double> run_queue_wait_s(const std::filesystem::path& tasks) {
  constexpr double kNanosecond = 1e-9;
  std::error_code error;
  bool counted = false;
  double sum_s = 0;
  for (const auto& task : std::filesystem::directory_iterator(tasks, error)) {
    std::ifstream file(task.path() / "schedstat");
    std::uint64_t running_ns = 0, waiting_ns = 0;
    if (!(file >> running_ns >> waiting_ns)) continue;  // the thread has just ended
    counted |= running_ns > 0;  // a kernel without these statistics writes zeros
    sum_s += kNanosecond * static_cast<double>(waiting_ns);
  }
  if (error || !counted) return std::nullopt;
  return sum_s;
}

}  // namespace lts

#include "core/advisory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <utility>

#include "core/interrupt.h"

namespace lts {

std::optional<AdvisoryLock> AdvisoryLock::open(const std::filesystem::path& path) {
  int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);  // another user's
  if (descriptor < 0) return std::nullopt;
  return AdvisoryLock(descriptor);
}

AdvisoryLock::AdvisoryLock(AdvisoryLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

AdvisoryLock& AdvisoryLock::operator=(AdvisoryLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

AdvisoryLock::~AdvisoryLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool AdvisoryLock::try_lock(Mode mode) {
  return ::flock(descriptor_, (mode == Mode::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0;
}

bool AdvisoryLock::lock_within(Mode mode, double seconds) {
  constexpr std::chrono::milliseconds kPause(2);
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!try_lock(mode)) {
    if (interrupted() || std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

void AdvisoryLock::unlock() { ::flock(descriptor_, LOCK_UN); }

}  // namespace lts

#pragma once

#include <filesystem>
#include <optional>

namespace lts {

/// flock(2) on a file of its own descriptor: processes that know of each other keep out of each
/// other's way. The kernel frees it when its holder ends, however it ends.
class AdvisoryLock {
 public:
  enum class Mode { kShared, kExclusive };

  /// Opens `path`, made if missing; nothing where that cannot be (errno says why).
  static std::optional<AdvisoryLock> open(const std::filesystem::path& path);
  AdvisoryLock(AdvisoryLock&& other) noexcept;
  AdvisoryLock& operator=(AdvisoryLock&& other) noexcept;
  ~AdvisoryLock();

  /// Whether it could be had at once; what is held already is changed to `mode`.
  bool try_lock(Mode mode);
  /// Tries until it is had, `seconds` have passed or a signal asks the program to stop.
  bool lock_within(Mode mode, double seconds);
  void unlock();

  int descriptor() const { return descriptor_; }

 private:
  explicit AdvisoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace lts

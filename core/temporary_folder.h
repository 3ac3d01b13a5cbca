#pragma once

#include <filesystem>
#include <string>

namespace lts {

/// A fresh folder that only this user can read, below the system's folder for such (TMPDIR);
/// removed with all it holds at the end.
class TemporaryFolder {
 public:
  /// "lts-<purpose>-XXXXXX". \throws Error kRuntime when it cannot be made.
  explicit TemporaryFolder(const std::string& purpose);
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace lts

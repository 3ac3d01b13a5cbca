#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lts {

namespace fs = std::filesystem;

/// The whole file. \throws Error kUser when it is missing or a folder, kRuntime when reading fails.
std::string read_file(const fs::path& path);

/// Replaces `path` by `content` so that a crash leaves the old file or the new one: written beside,
/// fsynced, renamed, the folder fsynced. \throws Error kRuntime (disk full, no permission) with the
/// file's name; the old file is then untouched and nothing stays beside it.
void write_file_atomic(const fs::path& path, std::string_view content);

/// The same for content that comes in pieces, too large to be held: what append() got becomes the
/// file at commit(), and goes where commit() is never reached.
class PendingFile {
 public:
  /// \throws Error kRuntime when nothing can be written beside `path`.
  explicit PendingFile(const fs::path& path);
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;
  ~PendingFile();

  /// \throws Error kRuntime (disk full).
  void append(std::string_view bytes);
  /// Bytes appended so far.
  std::int64_t size() const { return size_; }
  /// fsyncs, renames, fsyncs the folder; no more append() afterwards. \throws Error kRuntime.
  void commit();

 private:
  fs::path path_, beside_;
  int descriptor_ = -1;
  std::int64_t size_ = 0;
};

/// Makes a folder and its parents. \throws Error kUser when a file stands in the way or
/// permission is missing, kRuntime when the disk is full.
void make_folder(const fs::path& path);

/// The folders directly in `folder`, in the order of their numbered names (numbered_before).
/// \throws Error kUser where there is no such folder or permission is missing.
std::vector<fs::path> subfolders(const fs::path& folder);

/// fsync of a file or folder that already exists. \throws Error kRuntime.
void sync_path(const fs::path& path);

/// A file that only grows: every append() is complete and fsynced when it returns.
class AppendFile {
 public:
  /// Opens or creates `path` for appending, first cutting it to `keep_bytes` if given (a torn
  /// tail); never more than it holds.
  explicit AppendFile(const fs::path& path);
  AppendFile(const fs::path& path, std::uint64_t keep_bytes);
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&&) = delete;
  ~AppendFile();

  /// Writes all of `bytes` and fsyncs. \throws Error kRuntime (disk full); the file then holds what
  /// it held before.
  void append(std::string_view bytes);

 private:
  fs::path path_;
  int descriptor_ = -1;
};

/// A read-only memory map. Valid while the object lives; moving keeps the address.
class MappedFile {
 public:
  /// \throws Error kUser when the file is missing or no regular file, kRuntime when mapping fails.
  explicit MappedFile(const fs::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const fs::path& path() const { return path_; }

 private:
  void unmap();
  fs::path path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// An exclusive advisory lock on `path` (created if missing), held until destruction.
class FileLock {
 public:
  /// \throws Error kUser when another process holds it (message names the file and `what`).
  FileLock(const fs::path& path, std::string_view what);
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

  /// Whether a process holds the lock now; false where there is no such file. Where a file system
  /// keeps locks to one machine, a process on another one is not seen.
  static bool is_held(const fs::path& path);

 private:
  int descriptor_ = -1;
};

}  // namespace lts

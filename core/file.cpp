#include "core/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "core/error.h"
#include "core/text.h"

namespace lts {
namespace {

// is_held() has a lock for a moment; who wants it then tries again.
constexpr int kLockAttempts = 5;
constexpr std::chrono::milliseconds kLockPause(10);

/// A file descriptor closed on every way out.
struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

std::string reason() { return std::strerror(errno); }

Error cannot_open(const fs::path& path) {
  const int code = errno;
  const std::string message = std::string("cannot be opened: ") + std::strerror(code);
  const bool users = code == ENOENT || code == ENOTDIR || code == EISDIR || code == EACCES ||
                     code == ENAMETOOLONG || code == ELOOP;
  return users ? user_error({path.string()}, message) : runtime_error(path.string(), message);
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

void write_all(int descriptor, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw runtime_error(path.string(), "cannot be written: " + reason());
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::string read_file(const fs::path& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.value < 0) throw cannot_open(path);
  std::string content;
  struct stat status {};
  if (::fstat(file.value, &status) == 0) {
    if (S_ISDIR(status.st_mode)) throw user_error({path.string()}, "is a folder, not a file");
    content.reserve(static_cast<std::size_t>(status.st_size));
  }
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = ::read(file.value, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw runtime_error(path.string(), "cannot be read: " + reason());
    if (got == 0) return content;
    content.append(buffer, static_cast<std::size_t>(got));
  }
}

std::vector<fs::path> subfolders(const fs::path& folder) {
  std::error_code error;
  const fs::directory_iterator entries(folder, error);
  if (error) throw user_error({folder.string()}, "cannot be opened: " + error.message());
  std::vector<fs::path> found;
  for (const auto& entry : entries)
    if (entry.is_directory()) found.push_back(entry.path());
  std::ranges::sort(found, [](const fs::path& a, const fs::path& b) {
    return numbered_before(a.filename().string(), b.filename().string());
  });
  return found;
}

void sync_path(const fs::path& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.value < 0 || ::fsync(file.value) != 0) {
    throw runtime_error(path.string(), "cannot be synced to disk: " + reason());
  }
}

void write_file_atomic(const fs::path& path, std::string_view content) {
  PendingFile file(path);
  file.append(content);
  file.commit();
}

PendingFile::PendingFile(const fs::path& path)
    : path_(path), beside_(path.string() + ".tmp-" + std::to_string(::getpid())) {
  descriptor_ = ::open(beside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw runtime_error(path.string(), "cannot be written: " + reason());
}

PendingFile::~PendingFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(beside_.c_str());
}

void PendingFile::append(std::string_view bytes) {
  LTS_ASSERT(descriptor_ >= 0);
  write_all(descriptor_, bytes, path_);
  size_ += std::ssize(bytes);
}

void PendingFile::commit() {
  LTS_ASSERT(descriptor_ >= 0);
  if (::fsync(descriptor_) != 0) {
    throw runtime_error(path_.string(), "cannot be synced to disk: " + reason());
  }
  if (::rename(beside_.c_str(), path_.c_str()) != 0) {
    throw runtime_error(path_.string(), "cannot be replaced: " + reason());
  }
  ::close(std::exchange(descriptor_, -1));
  sync_path(folder_of(path_));
}

void make_folder(const fs::path& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (!code) return;
  const std::string message = "cannot be made a folder: " + code.message();
  const bool disks = code == std::errc::no_space_on_device || code == std::errc::io_error;
  throw disks ? runtime_error(path.string(), message) : user_error({path.string()}, message);
}

AppendFile::AppendFile(const fs::path& path) : path_(path) {
  descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw cannot_open(path);
  sync_path(folder_of(path));  // a new file's name must survive a crash too
}

AppendFile::AppendFile(const fs::path& path, std::uint64_t keep_bytes) : AppendFile(path) {
  LTS_ASSERT(keep_bytes <= fs::file_size(path));  // more would fill with zeros
  if (::ftruncate(descriptor_, static_cast<off_t>(keep_bytes)) != 0) {
    throw runtime_error(path.string(), "cannot be cut to its whole records: " + reason());
  }
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void AppendFile::append(std::string_view bytes) {
  const off_t size_before = ::lseek(descriptor_, 0, SEEK_END);
  try {
    write_all(descriptor_, bytes, path_);
    if (::fdatasync(descriptor_) != 0)  // where some file systems first say that a disk is full
      throw runtime_error(path_.string(), "cannot be synced to disk: " + reason());
  } catch (...) {  // a torn record must not stand before the next one
    if (size_before < 0 || ::ftruncate(descriptor_, size_before) != 0) {
      throw runtime_error(path_.string(), "cannot be cut to its whole records: " + reason());
    }
    throw;
  }
}

MappedFile::MappedFile(const fs::path& path) : path_(path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};  // never waits
  if (file.value < 0) throw cannot_open(path);
  struct stat status {};
  if (::fstat(file.value, &status) != 0 || !S_ISREG(status.st_mode)) {
    throw user_error({path.string()}, "is not a regular file");
  }
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ == 0) return;  // mmap refuses an empty range
  void* address = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file.value, 0);
  if (address == MAP_FAILED) {
    throw runtime_error(path.string(), "cannot be mapped into memory: " + reason());
  }
  data_ = static_cast<const std::byte*>(address);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  if (this != &other) {
    unmap();
    path_ = std::move(other.path_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

MappedFile::~MappedFile() { unmap(); }

void MappedFile::unmap() {
  if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
  data_ = nullptr;
}

FileLock::FileLock(const fs::path& path, std::string_view what) {
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw cannot_open(path);
  for (int attempt = 0; attempt < kLockAttempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(kLockPause);
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
    if (errno != EWOULDBLOCK) break;
  }
  const int code = errno;
  ::close(descriptor_);
  if (code != EWOULDBLOCK) {
    throw runtime_error(path.string(), std::string("cannot be locked: ") + std::strerror(code));
  }
  throw user_error({path.string()}, std::string(what) + " is in use by another process");
}

FileLock::~FileLock() { ::close(descriptor_); }

bool FileLock::is_held(const fs::path& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  return file.value >= 0 && ::flock(file.value, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace lts

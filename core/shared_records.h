#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/advisory_lock.h"
#include "core/file.h"

namespace lts {

/// A file of records (core/record_line.h) to which several processes append and which they read,
/// each time under a lock on the file. Damage costs the records it hit and no other: lines that are
/// not whole are skipped, and what a crash left unfinished is closed before the next append.
class SharedRecords {
 public:
  /// Opens or creates `path`. `patience_s`: how long another process may hold the lock; an append
  /// takes milliseconds. \throws Error kUser when it cannot be opened for writing.
  explicit SharedRecords(const std::filesystem::path& path, double patience_s = 10);

  /// The records that anyone appended since the last call, oldest first. \throws Error kRuntime
  /// when the lock was not to be had in time, or reading fails.
  std::vector<nlohmann::ordered_json> read_new();

  /// On disk when it returns. \throws Error kRuntime (disk full, the lock); the file then holds
  /// what it held before.
  void append(const nlohmann::ordered_json& record);

  /// Lines and torn ends that were skipped so far.
  std::size_t damaged() const { return damaged_; }
  /// Whether the first line that was read is neither a record nor what a crash left of one.
  bool foreign() const { return foreign_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  class Locked;
  std::uint64_t size_bytes() const;
  std::string read_from(std::uint64_t offset) const;

  std::filesystem::path path_;
  AppendFile file_;
  AdvisoryLock lock_;
  double patience_s_;
  std::uint64_t read_bytes_ = 0;
  std::size_t damaged_ = 0;
  bool foreign_ = false;
};

}  // namespace lts

#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "core/file.h"
#include "train/data/shard_format.h"
#include "train/data/shard_writer.h"

namespace lts::train {

/// A memory-mapped shard. Thread-safe to read.
class ShardReader {
 public:
  /// Checks header, sizes and the table of checksums. \throws Error kUser, beginning with the
  /// file's name, for what is missing, truncated, damaged, foreign or of another version.
  explicit ShardReader(const std::filesystem::path& path);

  const ShardHeader& header() const { return header_; }
  std::int64_t num_tokens() const { return static_cast<std::int64_t>(header_.num_tokens); }
  /// As TokenDataset::copy, within this shard.
  void copy(std::int64_t begin, std::span<std::int64_t> out) const;

 private:
  void check_header() const;
  void check_table() const;
  void verify_block(std::uint64_t block) const;

  MappedFile file_;
  ShardHeader header_;
  std::unique_ptr<std::atomic<bool>[]> verified_;
};

/// Shards one after another as one sequence.
class ShardSequence {
 public:
  /// Opens FOLDER/<record.file> for all records and compares them with what the records say.
  /// \throws Error kUser as ShardReader, or when a shard is not the one of its record.
  ShardSequence(const std::filesystem::path& folder, const std::vector<ShardRecord>& records,
                const VocabularyId& vocabulary);

  std::int64_t num_tokens() const { return begins_.back(); }
  void copy(std::int64_t begin, std::span<std::int64_t> out) const;

 private:
  std::vector<std::unique_ptr<const ShardReader>> shards_;
  std::vector<std::int64_t> begins_ = {0};  // of each shard, and the end
};

}  // namespace lts::train

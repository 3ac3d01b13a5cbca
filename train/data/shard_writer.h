#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "train/data/shard_format.h"

namespace lts::train {

/// What a manifest says of one shard.
struct ShardRecord {
  std::string file;  ///< name within the folder
  std::int64_t tokens = 0;
  std::int64_t size_bytes = 0;
  std::string checksum;  ///< the header's checksum, which covers those of all blocks

  bool operator==(const ShardRecord&) const = default;
};

/// Writes one shard. Until finish() the file has no valid header.
class ShardWriter {
 public:
  /// \throws Error kRuntime when the file cannot be made.
  ShardWriter(const std::filesystem::path& path, const VocabularyId& vocabulary);
  ShardWriter(ShardWriter&&) = delete;
  ~ShardWriter();

  /// \throws Error kRuntime with the file's name (disk full).
  void append(std::span<const TokenId> tokens);
  std::int64_t num_tokens() const { return static_cast<std::int64_t>(header_.num_tokens); }
  /// Writes what is left, the table and the header, and syncs. To be called once.
  ShardRecord finish();

 private:
  void add_token_bytes(TokenId token);
  void write_block();
  void write_at(std::string_view bytes, std::uint64_t offset);

  std::filesystem::path path_;
  ShardHeader header_;
  int descriptor_ = -1;
  std::string block_;
  std::uint64_t offset_ = sizeof(ShardHeader);
  std::vector<std::uint64_t> table_;
};

/// Writes a split as shards FOLDER/<name>-00000.bin, ... of at most `shard_tokens` tokens.
class SplitWriter {
 public:
  SplitWriter(std::filesystem::path folder, std::string name, VocabularyId vocabulary,
              std::int64_t shard_tokens);

  /// Goes on after `num_tokens` tokens: those of the `finished` shards beyond them are appended
  /// once more and not written again.
  void go_on(std::vector<ShardRecord> finished, std::int64_t num_tokens);
  void append(std::span<const TokenId> tokens);
  std::int64_t num_tokens() const { return num_tokens_; }
  const std::vector<ShardRecord>& finished_shards() const { return records_; }
  std::vector<ShardRecord> finish();

 private:
  void open_next();

  std::filesystem::path folder_;
  std::string name_;
  VocabularyId vocabulary_;
  std::int64_t shard_tokens_;
  std::int64_t num_tokens_ = 0, num_written_before_ = 0;
  std::optional<ShardWriter> shard_;
  std::vector<ShardRecord> records_;
};

}  // namespace lts::train

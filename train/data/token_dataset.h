#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "train/tokenizer/tokenizer.h"

namespace lts::train {

enum class Split { kTrain, kValidation };

/// One split of a folder that `lts prepare` made: memory-mapped token shards seen as one sequence
/// of documents, each followed by the end-of-text token. Thread-safe to read.
class TokenDataset {
 public:
  /// Opens DIR/manifest.json and the shards it names and checks magic, version, vocabulary and
  /// sizes. \throws Error kUser, beginning with the file's name, for missing, truncated or foreign
  /// files.
  TokenDataset(const std::filesystem::path& folder, Split split);
  TokenDataset(TokenDataset&&) noexcept;
  ~TokenDataset();

  std::int64_t num_tokens() const;
  std::int32_t vocab_size() const;
  /// Tokenizer::vocabulary_sha256 of the tokenizer that made the tokens.
  const std::string& vocabulary_sha256() const;
  /// Copies tokens [begin, begin + out.size()) as int64. Verifies the checksum of each block the
  /// first time it is touched. \throws Error kUser naming file and block when a checksum is wrong.
  void copy(std::int64_t begin, std::span<std::int64_t> out) const;

 private:
  struct Shards;
  std::unique_ptr<Shards> shards_;
};

}  // namespace lts::train

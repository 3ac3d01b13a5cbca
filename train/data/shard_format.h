#pragma once

// A token shard, version 1. Numbers are little-endian.
//
//   offset  bytes  field
//        0      8  magic "LTSTOKEN"
//        8      4  version, 1
//       12      4  token width in bytes: 2 where the vocabulary fits, else 4
//       16      8  number of tokens
//       24      4  vocabulary size
//       28      4  end-of-text token
//       32      4  tokens per block
//       36      4  zero
//       40     32  SHA-256 that names the vocabulary (Tokenizer::vocabulary_sha256)
//       72      8  checksum of the table of block checksums
//       80     40  zero
//      120      8  checksum of bytes 0..119
//      128      n  tokens, unsigned, then zeros up to a multiple of 8
//                  table: one checksum of 8 bytes for each block's token bytes (the last may be
//                  short)
//
// Checksums are checksum64 (XXH3). The file ends with the table. A split is the sequence of its
// shards in the manifest's order; every document ends with the end-of-text token.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "train/tokenizer/tokenizer.h"

namespace lts::train {

inline constexpr std::array<char, 8> kShardMagic = {'L', 'T', 'S', 'T', 'O', 'K', 'E', 'N'};
inline constexpr std::uint32_t kShardVersion = 1;
inline constexpr std::uint32_t kBlockTokens = 1 << 15;
inline constexpr std::int64_t kMaxShardTokens = std::int64_t{1} << 27;

/// The vocabulary that token files belong to.
struct VocabularyId {
  std::int32_t vocab_size = 0;
  TokenId end_of_text = 0;
  std::string sha256;  ///< hex

  static VocabularyId of(const Tokenizer& tokenizer);
  std::uint32_t token_bytes() const { return vocab_size <= 65536 ? 2 : 4; }
  bool operator==(const VocabularyId&) const = default;
};

/// The first bytes of a shard as they stand in the file.
struct ShardHeader {
  std::array<char, 8> magic = kShardMagic;
  std::uint32_t version = kShardVersion;
  std::uint32_t token_bytes = 2;
  std::uint64_t num_tokens = 0;
  std::uint32_t vocab_size = 0;
  std::uint32_t end_of_text = 0;
  std::uint32_t block_tokens = kBlockTokens;
  std::uint32_t zero = 0;
  std::array<unsigned char, 32> vocabulary = {};
  std::uint64_t table_checksum = 0;
  std::array<std::uint64_t, 5> zeros = {};
  std::uint64_t header_checksum = 0;

  std::uint64_t num_blocks() const { return (num_tokens + block_tokens - 1) / block_tokens; }
  std::uint64_t table_offset() const {
    return sizeof(ShardHeader) + (num_tokens * token_bytes + 7) / 8 * 8;
  }
  std::uint64_t file_bytes() const { return table_offset() + 8 * num_blocks(); }
  std::string_view checked_bytes() const {
    return {reinterpret_cast<const char*>(this), offsetof(ShardHeader, header_checksum)};
  }
  VocabularyId vocabulary_id() const;
};
static_assert(sizeof(ShardHeader) == 128 && offsetof(ShardHeader, header_checksum) == 120);

/// A header for tokens of `vocabulary`, without count and checksums.
ShardHeader make_shard_header(const VocabularyId& vocabulary);

}  // namespace lts::train

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "train/tokenizer/vocabulary.h"

namespace lts::train {

/// The merges of a vocabulary as a flat hash table from a pair of tokens to its rank.
class MergeTable {
 public:
  static constexpr std::uint32_t kNoRank = 0xFFFFFFFF;

  explicit MergeTable(const std::vector<Merge>& merges);

  /// The rank of the merge of `left` and `right`, the first one's being 0; kNoRank where none is.
  std::uint32_t rank(TokenId left, TokenId right) const;
  TokenId result(std::uint32_t rank) const { return results_[rank]; }

 private:
  struct Slot {
    std::uint64_t pair;
    std::uint32_t rank;
  };
  std::size_t home(std::uint64_t pair) const { return pair * 0x9E3779B97F4A7C15ull >> shift_; }

  std::vector<Slot> slots_;
  std::vector<TokenId> results_;
  int shift_ = 0;
};

/// Byte-pair encoding of one piece: the merge of lowest rank first, the leftmost of equal ones.
class BytePairEncoder {
 public:
  explicit BytePairEncoder(const Vocabulary& vocabulary);

  /// Appends the tokens of `piece`. O(n^2) with a small constant for pieces up to 64 bytes,
  /// O(n log n) beyond.
  void encode(std::string_view piece, std::vector<TokenId>& out) const;

 private:
  void encode_short(std::string_view piece, std::vector<TokenId>& out) const;
  void encode_long(std::string_view piece, std::vector<TokenId>& out) const;

  std::array<TokenId, 256> byte_tokens_;
  MergeTable merges_;
};

}  // namespace lts::train

#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "train/tokenizer/tokenizer.h"

namespace lts::train {

/// Tokens of the pieces seen lately: a direct-mapped table of 2 MiB for pieces of up to 15 bytes
/// that make up to 3 tokens, nearly all of running text. Of one thread.
class PieceCache {
 public:
  struct Entry {
    std::uint64_t low = 0, high = 0;  ///< the piece's bytes; its size in the last one
    std::array<TokenId, 3> tokens = {};
    std::uint32_t num_tokens = 0;  ///< 0: empty
  };

  PieceCache() : entries_(kNumEntries) {}

  static bool fits(std::string_view piece) { return piece.size() <= 15; }

  /// The entry where `piece` (fits()) lives: it holds() the piece or may be overwritten with it.
  /// `readable` bytes from the piece's first on may be read, more than piece.size() being faster.
  Entry& entry(std::string_view piece, std::size_t readable, Entry& key) {
    key = {};
    if (readable >= 16) {
      std::memcpy(&key.low, piece.data(), 8);
      std::memcpy(&key.high, piece.data() + 8, 8);
      keep_bytes(key, piece.size());
    } else {
      std::array<char, 16> bytes = {};
      std::memcpy(bytes.data(), piece.data(), piece.size());
      std::memcpy(&key.low, bytes.data(), 8);
      std::memcpy(&key.high, bytes.data() + 8, 8);
    }
    key.high |= static_cast<std::uint64_t>(piece.size()) << 56;
    return entries_[slot(key)];
  }

  static bool holds(const Entry& entry, const Entry& key) {
    return entry.low == key.low && entry.high == key.high && entry.num_tokens != 0;
  }

 private:
  static constexpr std::size_t kNumEntries = 1 << 16;

  // Zeroes what lies beyond the first `size` <= 15 bytes (little-endian).
  static void keep_bytes(Entry& key, std::size_t size) {
    if (size < 8) {
      key.low &= (std::uint64_t{1} << (8 * size)) - 1;
      key.high = 0;
    } else {
      key.high &= (std::uint64_t{1} << (8 * (size - 8))) - 1;
    }
  }

  static std::size_t slot(const Entry& key) {
    const std::uint64_t mixed =
        (key.low ^ (key.high * 0x9E3779B97F4A7C15ull)) * 0xD6E8FEB86659FD93ull;
    return (mixed ^ mixed >> 29) * 0x9E3779B97F4A7C15ull >> 48;
  }

  std::vector<Entry> entries_;
};

}  // namespace lts::train

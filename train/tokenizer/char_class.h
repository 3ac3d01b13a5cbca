#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lts::train {

/// What GPT-2's pattern tells apart: \p{L}, \p{N}, \s and all else. Bytes that are no UTF-8 are
/// kOther.
enum class CharClass : std::uint8_t { kOther, kLetter, kNumber, kSpace };

/// A character of a text: its class and how many bytes it takes (1 to 4; 1 for an invalid byte).
struct ClassifiedChar {
  CharClass char_class;
  std::uint8_t size_bytes;
};

/// The classes of all code points in Unicode 16.0 (unicode_ranges.inc), one byte each.
class CharClassTable {
 public:
  CharClassTable();

  /// The character that begins at `text[at]`. `at` must lie inside the text.
  ClassifiedChar at(std::string_view text, std::size_t at) const {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      return {classes_[byte], 1};
    }
    return multi_byte_at(text, at);
  }

  CharClass ascii(unsigned char byte) const { return classes_[byte]; }

 private:
  ClassifiedChar multi_byte_at(std::string_view text, std::size_t at) const;
  std::vector<CharClass> classes_;
};

}  // namespace lts::train

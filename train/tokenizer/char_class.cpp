#include "train/tokenizer/char_class.h"

#include <algorithm>

namespace lts::train {
namespace {

struct ClassRange {
  std::uint32_t first, last;
  CharClass char_class;
};

using enum CharClass;
constexpr ClassRange kRanges[] = {
#include "train/tokenizer/unicode_ranges.inc"
};

constexpr std::uint32_t kNumCodePoints = 0x110000;

// The low six bits of a continuation byte, or a negative number where there is none.
int continuation(std::string_view text, std::size_t at) {
  if (at >= text.size()) {
    return -1;
  }
  const auto byte = static_cast<unsigned char>(text[at]);
  return (byte & 0xC0) == 0x80 ? byte & 0x3F : -1;
}

// Continuation bytes that `lead` announces; 0 where it cannot begin a character of more than one
// byte.
int announced_continuations(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) {
    return 1;
  }
  if (lead >= 0xE0 && lead <= 0xEF) {
    return 2;
  }
  return lead >= 0xF0 && lead <= 0xF4 ? 3 : 0;
}

// Overlong forms, surrogates and what lies beyond the last plane.
bool ill_formed(std::uint32_t code_point, int continuations) {
  return (continuations == 2 && code_point < 0x800) ||
         (continuations == 3 && code_point < 0x10000) ||
         (code_point >= 0xD800 && code_point <= 0xDFFF) || code_point >= kNumCodePoints;
}

}  // namespace

CharClassTable::CharClassTable() : classes_(kNumCodePoints, CharClass::kOther) {
  for (const ClassRange& range : kRanges) {
    std::fill(classes_.begin() + range.first, classes_.begin() + range.last + 1, range.char_class);
  }
}

ClassifiedChar CharClassTable::multi_byte_at(std::string_view text, std::size_t at) const {
  constexpr ClassifiedChar kInvalid = {CharClass::kOther, 1};
  const auto lead = static_cast<unsigned char>(text[at]);
  const int continuations = announced_continuations(lead);
  if (continuations == 0) {
    return kInvalid;
  }
  std::uint32_t code_point = lead & (0x3Fu >> continuations);
  for (int i = 1; i <= continuations; ++i) {
    const int bits = continuation(text, at + i);
    if (bits < 0) {
      return kInvalid;
    }
    code_point = code_point << 6 | static_cast<std::uint32_t>(bits);
  }
  if (ill_formed(code_point, continuations)) {
    return kInvalid;
  }
  return {classes_[code_point], static_cast<std::uint8_t>(continuations + 1)};
}

}  // namespace lts::train

#include "train/tokenizer/pre_tokenizer.h"

#include <algorithm>

namespace lts::train {
namespace {

// The length of 's, 'd, 'm, 't, 'll, 've or 're at `begin`, or 0.
std::size_t contraction_size(std::string_view text, std::size_t begin) {
  const std::string_view rest = text.substr(begin + 1, 2);
  if (!rest.empty() && std::string_view("sdmt").find(rest[0]) != std::string_view::npos) {
    return 2;
  }
  return rest == "ll" || rest == "ve" || rest == "re" ? 3 : 0;
}

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

std::size_t PreTokenizer::run_end(std::string_view text, std::size_t at,
                                  CharClass char_class) const {
  while (at < text.size()) {
    const ClassifiedChar next = classes_.at(text, at);
    if (next.char_class != char_class) {
      break;
    }
    at += next.size_bytes;
  }
  return at;
}

// White space but the last character, which goes with what follows; all of it at the text's end.
std::size_t PreTokenizer::space_end(std::string_view text, std::size_t begin) const {
  std::size_t last = begin;
  std::size_t end = begin;
  while (end < text.size()) {
    const ClassifiedChar next = classes_.at(text, end);
    if (next.char_class != CharClass::kSpace) {
      return last == begin ? end : last;
    }
    last = end;
    end += next.size_bytes;
  }
  return end;
}

std::size_t PreTokenizer::piece_end(std::string_view text, std::size_t begin) const {
  if (text[begin] == '\'') {
    if (const std::size_t size = contraction_size(text, begin)) {
      return begin + size;
    }
  }
  std::size_t at = begin;
  if (text[begin] == ' ' && begin + 1 < text.size()) {
    ++at;
  }
  const ClassifiedChar first = classes_.at(text, at);
  if (first.char_class == CharClass::kSpace) {
    return space_end(text, begin);
  }
  return run_end(text, at + first.size_bytes, first.char_class);
}

// The class of the character that ends just before `at` > 0.
CharClass PreTokenizer::class_before(std::string_view text, std::size_t at) const {
  for (std::size_t back = 1; back <= std::min<std::size_t>(4, at); ++back) {
    if (!is_continuation(text[at - back])) {
      const ClassifiedChar before = classes_.at(text, at - back);
      return before.size_bytes == back ? before.char_class : CharClass::kOther;
    }
  }
  return CharClass::kOther;
}

std::size_t PreTokenizer::split_point(std::string_view text, std::size_t from) const {
  std::size_t at = std::max<std::size_t>(from, 1);
  while (at < text.size() && is_continuation(text[at])) {
    ++at;
  }
  for (; at < text.size(); at += classes_.at(text, at).size_bytes) {
    const CharClass before = class_before(text, at);
    const CharClass after = classes_.at(text, at).char_class;
    // After kOther a letter is no safe place: "'s" may be one piece.
    const bool safe = before == CharClass::kOther
                          ? after == CharClass::kSpace || after == CharClass::kNumber
                          : before != CharClass::kSpace && before != after;
    if (safe) {
      return at;
    }
  }
  return text.size();
}

}  // namespace lts::train

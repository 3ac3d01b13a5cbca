#include "train/data/text_counts.h"

#include <algorithm>
#include <vector>

#include "core/interrupt.h"

namespace lts::train {

namespace {

constexpr std::int64_t kReadTokens = 1 << 16;

// The characters of Python's str.isspace(), which its \s matches, as UTF-8.
bool is_blank_byte(std::uint32_t byte) {
  return byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) || (byte >= 0x1C && byte <= 0x1F);
}
bool is_blank_pair(std::uint32_t bytes) { return bytes == 0xC285 || bytes == 0xC2A0; }
bool is_blank_triple(std::uint32_t bytes) {
  return bytes == 0xE19A80 || (bytes >= 0xE28080 && bytes <= 0xE2808A) || bytes == 0xE280A8 ||
         bytes == 0xE280A9 || bytes == 0xE280AF || bytes == 0xE2819F || bytes == 0xE38080;
}

// Bytes of the whitespace character that ends with the last of these; 0 where none does.
std::int64_t blank_size(std::uint32_t last_bytes) {
  if (is_blank_byte(last_bytes & 0xFF)) return 1;
  if (is_blank_pair(last_bytes & 0xFFFF)) return 2;
  return is_blank_triple(last_bytes) ? 3 : 0;
}

}  // namespace

void TextCounter::add(std::string_view piece) {
  for (const char c : piece) {
    last_bytes_ = (last_bytes_ << 8 | static_cast<unsigned char>(c)) & 0xFFFFFF;
    ++bytes_;
    const std::int64_t size = blank_size(last_bytes_);
    if (size == 0) continue;
    if (bytes_ - size != blank_end_) ++blanks_;
    blank_end_ = bytes_;
  }
}

void TextCounter::end_document() {
  before_ = counts();
  bytes_ = blanks_ = 0;
  blank_end_ = -1;
  last_bytes_ = 0;
}

TextCounts TextCounter::counts() const {
  return {.words = before_.words + (bytes_ > 0 ? blanks_ + 1 : 0), .bytes = before_.bytes + bytes_};
}

TextCounts count_text(const TokenDataset& dataset, const Tokenizer& tokenizer, std::int64_t begin,
                      std::int64_t end) {
  TextCounter counter;
  std::vector<std::int64_t> tokens;
  for (; begin < end; begin += std::ssize(tokens)) {
    throw_if_interrupted("nothing was changed");
    tokens.resize(static_cast<std::size_t>(std::min(kReadTokens, end - begin)));
    dataset.copy(begin, tokens);
    for (const std::int64_t token : tokens) {
      const auto id = static_cast<TokenId>(token);
      if (id == tokenizer.end_of_text())
        counter.end_document();
      else
        counter.add(tokenizer.token_bytes(id));
    }
  }
  return counter.counts();
}

}  // namespace lts::train

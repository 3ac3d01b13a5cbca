#include "train/data/shard_format.h"

#include <charconv>

#include "core/error.h"

namespace lts::train {

VocabularyId VocabularyId::of(const Tokenizer& tokenizer) {
  return {tokenizer.vocab_size(), tokenizer.end_of_text(), tokenizer.vocabulary_sha256()};
}

VocabularyId ShardHeader::vocabulary_id() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string sha256;
  for (const unsigned char byte : vocabulary) {
    sha256 += kDigits[byte >> 4];
    sha256 += kDigits[byte & 15];
  }
  return {static_cast<std::int32_t>(vocab_size), static_cast<TokenId>(end_of_text), sha256};
}

ShardHeader make_shard_header(const VocabularyId& vocabulary) {
  ShardHeader header;
  header.token_bytes = vocabulary.token_bytes();
  header.vocab_size = static_cast<std::uint32_t>(vocabulary.vocab_size);
  header.end_of_text = static_cast<std::uint32_t>(vocabulary.end_of_text);
  LTS_ASSERT(vocabulary.sha256.size() == 2 * header.vocabulary.size());
  for (std::size_t i = 0; i < header.vocabulary.size(); ++i) {
    const char* digits = vocabulary.sha256.data() + 2 * i;
    std::from_chars(digits, digits + 2, header.vocabulary[i], 16);
  }
  return header;
}

}  // namespace lts::train

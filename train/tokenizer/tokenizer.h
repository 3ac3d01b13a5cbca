#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lts::train {

using TokenId = std::int32_t;

/// GPT-2's byte-level BPE. Encoding is total (any bytes; invalid UTF-8 is encoded byte by byte as
/// the bytes they are) and decode(encode(text)) == text. Immutable: share freely between threads.
class Tokenizer {
 public:
  /// From GPT-2's own two files, `encoder.json` and `vocab.bpe` (names as OpenAI published them).
  /// \throws Error kUser, beginning with the file's name, for missing, truncated or foreign files.
  static Tokenizer from_gpt2_files(const std::filesystem::path& folder);
  /// From a Hugging Face model folder: `tokenizer.json`, else `vocab.json` + `merges.txt`.
  static Tokenizer from_model_folder(const std::filesystem::path& folder);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  /// Ids of `text`, special tokens' text treated as ordinary text (tiktoken's encode_ordinary).
  std::vector<TokenId> encode(std::string_view text) const;
  /// The first place at or after `from` where `text` may be cut so that the ids of both parts, one
  /// after the other, are those of the whole; text.size() where there is none.
  std::size_t split_point(std::string_view text, std::size_t from) const;
  /// The bytes of `ids` ("<|endoftext|>" for the special one). \throws Error kUser for an id
  /// outside the vocabulary.
  std::string decode(std::span<const TokenId> ids) const;
  /// The bytes of one id, for streaming; may be part of a UTF-8 character.
  std::string_view token_bytes(TokenId id) const;

  std::int32_t vocab_size() const;  ///< 50257
  TokenId end_of_text() const;      ///< 50256
  /// What names this vocabulary in token shards: a hash over tokens and merges, whatever files they
  /// were read from.
  std::string vocabulary_sha256() const;

  /// Hugging Face tokenizer files (name, content) that AutoTokenizer loads from a folder:
  /// tokenizer.json, vocab.json, merges.txt, tokenizer_config.json, special_tokens_map.json.
  std::vector<std::pair<std::string, std::string>> hugging_face_files(
      std::int32_t model_max_length) const;

 private:
  struct Tables;
  explicit Tokenizer(std::unique_ptr<const Tables> tables);
  std::unique_ptr<const Tables> tables_;
};

/// The folder with GPT-2's files: $LTS_TOKENIZER_DIR, else the folder installed beside the program
/// (<program>/../share/lts/gpt2-tokenizer), else the one scripts/setup fetched. \throws Error kUser
/// naming the places looked at.
std::filesystem::path gpt2_tokenizer_folder();

}  // namespace lts::train

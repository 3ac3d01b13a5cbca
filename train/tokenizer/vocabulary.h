#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "train/tokenizer/tokenizer.h"

namespace lts::train {

inline constexpr std::string_view kEndOfText = "<|endoftext|>";

/// Two neighbours and the token they become.
struct Merge {
  TokenId left, right, result;
};

/// A byte-level BPE vocabulary, checked.
struct Vocabulary {
  std::vector<std::string> tokens;       ///< by id: the bytes; of an added token, its text
  std::vector<Merge> merges;             ///< by rank, the first first
  std::array<TokenId, 256> byte_tokens;  ///< the token of each single byte
  std::vector<TokenId> added;  ///< ascending: tokens that no merge makes, <|endoftext|> among them
  TokenId end_of_text = 0;
};

/// What the files of a vocabulary say, in GPT-2's printable alphabet.
struct VocabularyFiles {
  std::string vocabulary_file, merges_file;                        ///< names for messages
  std::vector<std::pair<std::string, std::int64_t>> entries = {};  ///< text and id
  std::vector<std::pair<std::string, std::string>> merges = {};    ///< by rank
  std::vector<std::pair<std::string, std::int64_t>> added = {};    ///< plain text and id
};

/// Checks that entries, merges and added tokens are one whole vocabulary and decodes them.
/// \throws Error kUser naming the file: ids that are not 0..n-1, bytes without a token, merges of
/// or into tokens that are not there, entries that no merge makes, no <|endoftext|>.
Vocabulary assemble_vocabulary(const VocabularyFiles& files);

/// GPT-2's printable alphabet: a character (UTF-8) for each byte. Source: bytes_to_unicode in
/// OpenAI's encoder.py.
const std::array<std::string, 256>& byte_alphabet();
/// `bytes` in the printable alphabet.
std::string to_alphabet(std::string_view bytes);

}  // namespace lts::train

#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/temporary_folder.h"
#include "train/tokenizer/tokenizer.h"

namespace lts::testing {

/// A byte-level vocabulary small enough to encode by hand: id of a byte = the byte, of the nth
/// merge 256 + n, of <|endoftext|> the last one. Merges are of printable ASCII, "a b".
struct TinyVocabulary {
  std::vector<std::string> merges = {"a b", "b c", "ab c", "a a", "aa aa"};

  /// The character GPT-2 prints for `byte`, as UTF-8, by OpenAI's rule: printable bytes as
  /// themselves, the others counted on from U+0100.
  static std::string printed(int byte) {
    int code_point = 256;
    for (int b = 0; b <= byte; ++b) {
      const bool itself = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
      if (b == byte) {
        code_point = itself ? b : code_point;
      } else {
        code_point += itself ? 0 : 1;
      }
    }
    if (code_point < 0x80) {
      return std::string(1, static_cast<char>(code_point));
    }
    return {static_cast<char>(0xC0 | code_point >> 6),
            static_cast<char>(0x80 | (code_point & 0x3F))};
  }

  nlohmann::json entries() const {
    nlohmann::json entries;
    for (int byte = 0; byte < 256; ++byte) {
      entries[printed(byte)] = byte;
    }
    int id = 256;
    for (std::string merge : merges) {
      merge.erase(merge.find(' '), 1);
      entries[merge] = id++;
    }
    entries["<|endoftext|>"] = id;
    return entries;
  }

  std::string merges_text() const {
    std::string text = "#version: 0.2\n";
    for (const std::string& merge : merges) {
      text += merge + "\n";
    }
    return text;
  }

  /// A tokenizer.json as Hugging Face writes it.
  nlohmann::json tokenizer_json() const {
    const int end_of_text = 256 + static_cast<int>(merges.size());
    return {{"added_tokens", {{{"id", end_of_text}, {"content", "<|endoftext|>"}}}},
            {"normalizer", nullptr},
            {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
            {"model", {{"type", "BPE"}, {"vocab", entries()}, {"merges", merges}}}};
  }

  void write_gpt2_files(const TemporaryFolder& folder) const {
    folder.write("encoder.json", entries().dump());
    folder.write("vocab.bpe", merges_text());
  }

  train::Tokenizer tokenizer() const {
    const TemporaryFolder folder;
    write_gpt2_files(folder);
    return train::Tokenizer::from_gpt2_files(folder.path());
  }
};

}  // namespace lts::testing

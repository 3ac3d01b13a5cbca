#pragma once

#include <zstd.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/file.h"
#include "tests/expect_error.h"
#include "tests/temporary_folder.h"
#include "tests/train/tokenizer/tiny_vocabulary.h"
#include "train/data/prepare.h"
#include "train/data/token_dataset.h"

namespace lts::testing {

using Json = nlohmann::json;
using train::PrepareOptions;
using train::PrepareResult;
using train::Split;
using train::TokenDataset;
using train::TokenId;
using train::Tokenizer;

inline constexpr std::int64_t kEnd = 261;  // 256 bytes, 5 merges, <|endoftext|>

inline const Tokenizer& tiny() {
  static const Tokenizer kTokenizer = TinyVocabulary().tokenizer();
  return kTokenizer;
}

inline std::vector<std::int64_t> tokens(const fs::path& folder, Split split) {
  const TokenDataset dataset(folder, split);
  std::vector<std::int64_t> out(static_cast<std::size_t>(dataset.num_tokens()));
  dataset.copy(0, out);
  return out;
}

inline std::vector<std::int64_t> all_tokens(const fs::path& folder) {
  std::vector<std::int64_t> all = tokens(folder, Split::kTrain);
  const std::vector<std::int64_t> rest = tokens(folder, Split::kValidation);
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}

/// What a document becomes, by the tokenizer alone.
inline void expect_document(std::vector<std::int64_t>& expected, const std::string& text) {
  for (const TokenId id : tiny().encode(text)) {
    expected.push_back(id);
  }
  expected.push_back(kEnd);
}

inline std::string pile_line(const std::string& text, const std::string& name) {
  return Json{{"text", text}, {"meta", {{"pile_set_name", name}}}}.dump() + "\n";
}

inline std::string compress(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

/// Documents of some words with line breaks, quotes and other than ASCII characters.
inline std::vector<std::string> documents(int count) {
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) {
    std::string text = "document " + std::to_string(i) + "\n\n";
    for (int word = 0; word < 20 + i % 60; ++word) {
      text += (word % 7 == 0 ? " \"caf\u00e9\"" : " abcaab") + std::to_string(i * word % 97);
    }
    out.push_back(text);
  }
  return out;
}

struct PrepareFixture : ::testing::Test {
  TemporaryFolder folder;
  fs::path output = folder.path() / "out";

  PrepareOptions options(std::vector<std::string> inputs) const {
    PrepareOptions options;
    options.inputs = std::move(inputs);
    options.output = output;
    options.threads = 2;
    return options;
  }
  std::string write(const std::string& name, const std::string& content) const {
    return folder.write(name, content).string();
  }
  Json manifest() const { return Json::parse(read_file(output / "manifest.json")); }
  std::string refused(const PrepareOptions& options) const {
    const std::string message = error_message([&] { train::prepare(options, tiny()); });
    EXPECT_FALSE(fs::exists(output)) << "a refused run must leave nothing";
    return message;
  }
};

}  // namespace lts::testing

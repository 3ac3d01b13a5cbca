#include "train/tokenizer/vocabulary_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/expect_error.h"
#include "tests/temporary_folder.h"
#include "tests/train/tokenizer/tiny_vocabulary.h"

namespace lts::train {
namespace {

using ::lts::testing::error_message;
using ::lts::testing::TemporaryFolder;
using ::lts::testing::TinyVocabulary;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

// The message for GPT-2's two files after `spoil` changed them. It must begin with `file`'s name.
std::string pair_message(const std::string& file,
                         const std::function<void(Json&, std::string&)>& spoil) {
  const TinyVocabulary vocabulary;
  Json entries = vocabulary.entries();
  std::string merges = vocabulary.merges_text();
  spoil(entries, merges);
  const TemporaryFolder folder;
  folder.write("encoder.json", entries.dump());
  folder.write("vocab.bpe", merges);
  const std::string message = error_message([&] { Tokenizer::from_gpt2_files(folder.path()); });
  EXPECT_THAT(message, StartsWith((folder.path() / file).string() + ":"));
  return message;
}

std::string json_message(const std::function<void(Json&)>& spoil) {
  Json root = TinyVocabulary().tokenizer_json();
  spoil(root);
  const TemporaryFolder folder;
  const auto file = folder.write("tokenizer.json", root.dump());
  const std::string message = error_message([&] { Tokenizer::from_model_folder(folder.path()); });
  EXPECT_THAT(message, StartsWith(file.string() + ":"));
  return message;
}

TEST(VocabularyReader, NamesAMissingFile) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_message([&] { Tokenizer::from_gpt2_files(folder.path()); }),
              StartsWith((folder.path() / "encoder.json").string()));
  folder.write("vocab.json", TinyVocabulary().entries().dump());
  EXPECT_THAT(error_message([&] { Tokenizer::from_model_folder(folder.path()); }),
              StartsWith((folder.path() / "merges.txt").string()));
}

TEST(VocabularyReader, SaysWhatAFolderWithoutTokenizerLacks) {
  const TemporaryFolder folder;
  EXPECT_EQ(error_message([&] { Tokenizer::from_model_folder(folder.path()); }),
            folder.path().string() +
                ": has no tokenizer: neither tokenizer.json nor vocab.json with merges.txt");
}

TEST(VocabularyReader, RefusesTruncatedAndForeignJson) {
  const TemporaryFolder folder;
  const std::string whole = TinyVocabulary().entries().dump();
  folder.write("vocab.bpe", TinyVocabulary().merges_text());
  for (const std::string& text : {whole.substr(0, whole.size() / 2), std::string("\x89PNG"),
                                  std::string(), std::string("[1, 2]")}) {
    const auto file = folder.write("encoder.json", text);
    EXPECT_THAT(error_message([&] { Tokenizer::from_gpt2_files(folder.path()); }),
                AllOf(StartsWith(file.string() + ":"), HasSubstr("JSON")));
  }
}

TEST(VocabularyReader, RefusesAMergesFileCutAtALinesEnd) {
  EXPECT_THAT(pair_message("vocab.bpe",
                           [](Json&, std::string& merges) { merges.resize(merges.find("aa aa")); }),
              AllOf(HasSubstr("none of its 4 merges makes 'aaaa'"), HasSubstr("truncated")));
}

TEST(VocabularyReader, RefusesAMergesFileCutInALine) {
  EXPECT_THAT(pair_message("vocab.bpe:6",
                           [](Json&, std::string& merges) { merges.resize(merges.size() - 4); }),
              HasSubstr("two parts with a blank between, found 'aa'"));
}

TEST(VocabularyReader, RefusesAForeignMergesFile) {
  EXPECT_THAT(pair_message("vocab.bpe", [](Json&, std::string& merges) { merges += "x y\n"; }),
              HasSubstr("merge 6, 'x y', needs 'xy'"));
}

TEST(VocabularyReader, RefusesIdsThatAreNotAWholeRange) {
  const auto message = [](const char* key, Json id) {
    return pair_message("encoder.json", [&](Json& entries, std::string&) { entries[key] = id; });
  };
  EXPECT_THAT(message("abc", 300), HasSubstr("no entry has id 258, but ids go to 300"));
  EXPECT_THAT(message("abc", 257), HasSubstr("id 257 stands for both"));
  EXPECT_THAT(message("abc", -1), HasSubstr("id -1 of 'abc' is outside 0.."));
  EXPECT_THAT(message("abc", 1LL << 40), HasSubstr("is outside 0.."));
  EXPECT_THAT(message("abc", "x"), HasSubstr("the id of 'abc' is no integer"));
}

TEST(VocabularyReader, RefusesAVocabularyThatIsNotByteLevel) {
  EXPECT_THAT(pair_message("encoder.json",
                           [](Json& entries, std::string&) {
                             entries.erase("Q");
                             entries["<unused>"] = 'Q';
                           }),
              HasSubstr("byte 81 ('Q') has no entry"));
}

TEST(VocabularyReader, RefusesAVocabularyWithoutEndOfText) {
  EXPECT_THAT(pair_message("encoder.json",
                           [](Json& entries, std::string&) {
                             entries.erase("<|endoftext|>");
                             entries["<end>"] = 261;
                           }),
              HasSubstr("has no entry '<|endoftext|>'"));
}

TEST(VocabularyReader, RefusesTokenizersOfAnotherKind) {
  EXPECT_THAT(json_message([](Json& root) { root["model"]["type"] = "Unigram"; }),
              HasSubstr("model is not of type 'BPE'"));
  EXPECT_THAT(json_message([](Json& root) {
                root["normalizer"] = {{"type", "NFC"}};
              }),
              HasSubstr("has a normalizer ('NFC')"));
  EXPECT_THAT(json_message([](Json& root) { root["pre_tokenizer"]["type"] = "Metaspace"; }),
              HasSubstr("pre_tokenizer is not 'ByteLevel'"));
  EXPECT_THAT(json_message([](Json& root) { root["pre_tokenizer"]["add_prefix_space"] = true; }),
              HasSubstr("add_prefix_space is true; GPT-2's is false"));
  EXPECT_THAT(json_message([](Json& root) { root["model"]["end_of_word_suffix"] = "</w>"; }),
              HasSubstr("end_of_word_suffix is '</w>'"));
  EXPECT_THAT(json_message([](Json& root) { root["model"].erase("merges"); }),
              HasSubstr("model has no vocab and merges"));
  EXPECT_THAT(json_message([](Json& root) { root["model"]["merges"][1] = 7; }),
              HasSubstr("a merge is neither"));
  EXPECT_THAT(json_message([](Json& root) { root["added_tokens"][0].erase("id"); }),
              HasSubstr("an added token has no content and id"));
  EXPECT_THAT(json_message([](Json& root) { root["added_tokens"] = 3; }),
              HasSubstr("added_tokens is no list"));
}

TEST(VocabularyReader, ReadsMergesAsPairsAndAddedTokensBeyondTheVocabulary) {
  const TinyVocabulary vocabulary;
  Json root = vocabulary.tokenizer_json();
  root["model"]["merges"] = Json::array();
  for (const std::string& merge : vocabulary.merges) {
    const std::size_t blank = merge.find(' ');
    root["model"]["merges"].push_back({merge.substr(0, blank), merge.substr(blank + 1)});
  }
  root["added_tokens"].push_back({{"id", 262}, {"content", "pad it"}});
  const TemporaryFolder folder;
  folder.write("tokenizer.json", root.dump());
  const Tokenizer tokenizer = Tokenizer::from_model_folder(folder.path());
  EXPECT_EQ(tokenizer.encode("abc"), std::vector<TokenId>{258});
  EXPECT_EQ(tokenizer.token_bytes(262), "pad it");
}

}  // namespace
}  // namespace lts::train

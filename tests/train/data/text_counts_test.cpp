#include "train/data/text_counts.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/temporary_folder.h"
#include "tests/train/data/prepare_fixture.h"
#include "train/data/manifest.h"
#include "train/data/shard_writer.h"

namespace lts::train {
namespace {

using lts::testing::TemporaryFolder;

constexpr TokenId kEnd = 261;

TextCounts counted(const std::string& document) {
  TextCounter whole, bytewise;
  whole.add(document);
  for (const char& byte : document) bytewise.add({&byte, 1});
  EXPECT_EQ(whole.counts().words, bytewise.counts().words);
  EXPECT_EQ(whole.counts().bytes, bytewise.counts().bytes);
  return whole.counts();
}

TEST(TextCounts, CountsWhatWhitespaceSeparates) {
  EXPECT_EQ(counted("In the beginning").words, 3);
  EXPECT_EQ(counted("In the beginning").bytes, 16);
  EXPECT_EQ(counted("one\n\n two \t three").words, 3);
  EXPECT_EQ(counted("word").words, 1);
}

// len(re.split(r"\s+", " a b\n")) is 4 in Python.
TEST(TextCounts, CountsTheEmptyPartsAtADocumentsEnds) {
  EXPECT_EQ(counted(" a b\n").words, 4);
  EXPECT_EQ(counted(" ").words, 2);
}

TEST(TextCounts, KnowsTheWhitespaceOfUnicode) {
  for (const std::string blank : {"\x1c", "\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\x83",
                                  "\xe2\x80\xa8", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"}) {
    EXPECT_EQ(counted("a" + blank + "b").words, 2);
    EXPECT_EQ(counted("a" + blank + " " + blank + blank + "b").words, 2);
  }
  // Of no width, and letters that end with the same byte.
  for (const std::string other : {"\xe2\x80\x8b", "\xe2\x81\xa0", "\xc3\xa0", "\xe0\xa2\x85"})
    EXPECT_EQ(counted("a" + other + "b").words, 1);
}

TEST(TextCounts, DocumentsEndWords) {
  TextCounter counter;
  EXPECT_EQ(counter.counts().words, 0);
  for (const char* document : {"a b", "", "c", "d "}) {
    counter.add(document);
    counter.end_document();
  }
  EXPECT_EQ(counter.counts().words, 2 + 0 + 1 + 2);
  EXPECT_EQ(counter.counts().bytes, 3 + 0 + 1 + 2);
}

TEST(TextCounts, ReadsADatasetWithoutItsEndOfTextTokens) {
  const TemporaryFolder folder;
  const Tokenizer& tiny = lts::testing::tiny();
  // "ab cd" and "e", an ideographic blank in three tokens, "f".
  const std::vector<TokenId> tokens = {256, ' ', 'c', 'd', kEnd, 'e', 0xE3, 0x80, 0x80, 'f', kEnd};
  Manifest manifest{.vocabulary = VocabularyId::of(tiny)};
  for (const auto& [name, split] :
       {std::pair("train", &manifest.train), std::pair("validation", &manifest.validation)}) {
    SplitWriter writer(folder.path(), name, manifest.vocabulary, 1000);
    writer.append(tokens);
    *split = {.documents = 2, .tokens = std::ssize(tokens), .shards = writer.finish()};
  }
  folder.write(kManifestName, to_json_text(manifest));
  const TokenDataset dataset(folder.path(), Split::kValidation);
  const auto expect = [&](std::int64_t begin, std::int64_t end, std::int64_t words,
                          std::int64_t bytes) {
    const TextCounts text = count_text(dataset, tiny, begin, end);
    EXPECT_EQ(text.words, words) << begin << " to " << end;
    EXPECT_EQ(text.bytes, bytes) << begin << " to " << end;
  };
  expect(0, 11, 4, 10);
  expect(1, 11, 4, 8);  // " cd" has an empty part before its blank
  expect(2, 7, 2, 4);   // "cd" and "e" with a third of the blank
  expect(4, 5, 0, 0);
}

}  // namespace
}  // namespace lts::train

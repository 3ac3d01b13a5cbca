#include "train/tokenizer/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/expect_error.h"
#include "tests/temporary_folder.h"
#include "tests/train/tokenizer/tiny_vocabulary.h"

namespace lts::train {
namespace {

using ::lts::testing::error_message;
using ::lts::testing::TemporaryFolder;
using ::lts::testing::TinyVocabulary;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Ids: a byte is itself; 256 ab, 257 bc, 258 abc, 259 aa, 260 aaaa, 261 <|endoftext|>.
const Tokenizer& tiny() {
  static const Tokenizer kTokenizer = TinyVocabulary().tokenizer();
  return kTokenizer;
}

// Bytes of all kinds, runs of them, and what the pattern looks at.
std::string random_bytes(std::mt19937& random) {
  static const std::vector<std::string> kBlocks = {
      "a", "b", "c", "aa", "'", "'s", " ", "\n", "1", "\u00a0", "\u00e9", "!", "ll", "\xE3"};
  std::string text;
  for (int i = static_cast<int>(random() % 200); i > 0; --i) {
    text += random() % 4 == 0 ? std::string(1, static_cast<char>(random()))
                              : kBlocks[random() % kBlocks.size()];
  }
  return text;
}

TEST(Tokenizer, MergesTheLowestRankFirstAndTheLeftmostOfEquals) {
  EXPECT_THAT(tiny().encode("abc"), ElementsAre(258));  // ab before bc, then ab c
  EXPECT_THAT(tiny().encode("bc"), ElementsAre(257));
  EXPECT_THAT(tiny().encode("bcabc"), ElementsAre(257, 258));
  EXPECT_THAT(tiny().encode("aaa"), ElementsAre(259, 'a'));  // leftmost
  EXPECT_THAT(tiny().encode("aaaaa"), ElementsAre(260, 'a'));
  EXPECT_THAT(tiny().encode("aab"), ElementsAre('a', 256));       // ab ranks before aa
  EXPECT_THAT(tiny().encode("a b"), ElementsAre('a', ' ', 'b'));  // never across pieces
  EXPECT_THAT(tiny().encode(""), ElementsAre());
}

TEST(Tokenizer, MergesLongPiecesAsShortOnes) {
  std::vector<TokenId> expected(25'000, 260);  // 100,003 = 25,000 aaaa + aa + a
  expected.insert(expected.end(), {259, 'a'});
  EXPECT_EQ(tiny().encode(std::string(100'003, 'a')), expected);
  std::string text;
  expected.clear();
  for (int i = 0; i < 50; ++i) {
    text += "abcaab";  // abc, a, ab
    expected.insert(expected.end(), {258, 'a', 256});
  }
  EXPECT_EQ(tiny().encode(text), expected);
}

TEST(Tokenizer, GivesBackAnyBytes) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    const std::string text = random_bytes(random);
    EXPECT_EQ(tiny().decode(tiny().encode(text)), text);
  }
}

TEST(Tokenizer, SplitsAtSplitPointsWithoutAChangeOfIds) {
  std::mt19937 random(2);
  for (int i = 0; i < 2000; ++i) {
    const std::string text = random_bytes(random);
    const std::size_t cut = tiny().split_point(text, random() % (text.size() + 1));
    std::vector<TokenId> ids = tiny().encode(text.substr(0, cut));
    const std::vector<TokenId> rest = tiny().encode(text.substr(cut));
    ids.insert(ids.end(), rest.begin(), rest.end());
    EXPECT_EQ(ids, tiny().encode(text)) << "cut at " << cut << " of '" << text << "'";
  }
}

TEST(Tokenizer, TakesSpecialTextAsOrdinaryText) {
  const std::vector<TokenId> ids = tiny().encode("<|endoftext|>");
  EXPECT_EQ(ids.size(), 13u);
  EXPECT_THAT(ids, ::testing::Each(::testing::Lt(256)));
  EXPECT_EQ(tiny().decode(std::vector<TokenId>{tiny().end_of_text()}), "<|endoftext|>");
}

TEST(Tokenizer, RefusesIdsOutsideTheVocabulary) {
  EXPECT_EQ(tiny().vocab_size(), 262);
  for (const TokenId id : {-1, 262}) {
    EXPECT_EQ(error_message([&] { tiny().token_bytes(id); }),
              "token id " + std::to_string(id) + " is outside the vocabulary, 0..261");
  }
}

TEST(Tokenizer, MaySpeakToManyThreads) {
  const std::string text(5000, 'a');
  const std::vector<TokenId> expected = tiny().encode(text + " abc bc");
  std::vector<std::vector<TokenId>> got(4);
  std::vector<std::thread> threads;
  for (auto& ids : got) {
    threads.emplace_back([&] { ids = tiny().encode(text + " abc bc"); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_THAT(got, ::testing::Each(expected));
}

TEST(Tokenizer, ReadsTheHuggingFaceFilesItWrites) {
  const TemporaryFolder whole, pair;
  for (const auto& [name, content] : tiny().hugging_face_files(512)) {
    whole.write(name, content);
    if (name == "vocab.json" || name == "merges.txt") {
      pair.write(name, content);
    }
  }
  for (const TemporaryFolder* folder : {&whole, &pair}) {
    const Tokenizer read = Tokenizer::from_model_folder(folder->path());
    EXPECT_EQ(read.vocabulary_sha256(), tiny().vocabulary_sha256());
    EXPECT_EQ(read.end_of_text(), 261);
    EXPECT_EQ(read.encode("abc aab\xFF"), tiny().encode("abc aab\xFF"));
  }
}

TEST(Tokenizer, NamesItsVocabularyByContent) {
  TinyVocabulary other;
  std::swap(other.merges[0], other.merges[1]);
  EXPECT_NE(other.tokenizer().vocabulary_sha256(), tiny().vocabulary_sha256());
  EXPECT_EQ(TinyVocabulary().tokenizer().vocabulary_sha256(), tiny().vocabulary_sha256());
}

// Ids as OpenAI's and Hugging Face's own documentation print them.
TEST(Tokenizer, EncodesAsGpt2) {
  const Tokenizer gpt2 = Tokenizer::from_gpt2_files(gpt2_tokenizer_folder());
  EXPECT_EQ(gpt2.vocab_size(), 50257);
  EXPECT_EQ(gpt2.end_of_text(), 50256);
  EXPECT_THAT(gpt2.encode("Hello world"), ElementsAre(15496, 995));
  EXPECT_THAT(gpt2.encode("Hello, my dog is cute"), ElementsAre(15496, 11, 616, 3290, 318, 13779));
}

TEST(TokenizerFolder, NamesTheFolderThatHasNotTheFiles) {
  const char* before = std::getenv("LTS_TOKENIZER_DIR");
  const std::string kept = before == nullptr ? "" : before;
  const TemporaryFolder empty;
  setenv("LTS_TOKENIZER_DIR", empty.path().c_str(), 1);
  const std::string message = error_message([] { gpt2_tokenizer_folder(); });
  TinyVocabulary().write_gpt2_files(empty);
  EXPECT_EQ(gpt2_tokenizer_folder(), empty.path());
  kept.empty() ? unsetenv("LTS_TOKENIZER_DIR") : setenv("LTS_TOKENIZER_DIR", kept.c_str(), 1);
  EXPECT_THAT(message, StartsWith(empty.path().string() + ":"));
  EXPECT_THAT(message, HasSubstr("encoder.json and vocab.bpe"));
}

}  // namespace
}  // namespace lts::train

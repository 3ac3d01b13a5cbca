#include "train/tokenizer/pre_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lts::train {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> pieces(std::string_view text) {
  static const PreTokenizer kPreTokenizer;
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = kPreTokenizer.piece_end(text, begin);
    out.emplace_back(text.substr(begin, end - begin));
    begin = end;
  }
  return out;
}

TEST(PreTokenizer, KeepsTheBlankBeforeAWord) {
  EXPECT_THAT(pieces("Hello world"), ElementsAre("Hello", " world"));
  EXPECT_THAT(pieces("a 12 ?! b"), ElementsAre("a", " 12", " ?!", " b"));
  EXPECT_THAT(pieces("a1?"), ElementsAre("a", "1", "?"));
}

TEST(PreTokenizer, CutsContractionsOffTheirWord) {
  EXPECT_THAT(pieces("it's we'll I've they're don't I'm he'd"),
              ElementsAre("it", "'s", " we", "'ll", " I", "'ve", " they", "'re", " don", "'t", " I",
                          "'m", " he", "'d"));
  EXPECT_THAT(pieces("IT'S"), ElementsAre("IT", "'", "S"));  // lower case only
  EXPECT_THAT(pieces("a'lx"), ElementsAre("a", "'", "lx"));
  EXPECT_THAT(pieces("'sabc"), ElementsAre("'s", "abc"));
  EXPECT_THAT(pieces(" 's"), ElementsAre(" '", "s"));  // the blank makes it no contraction
  EXPECT_THAT(pieces("!'s"), ElementsAre("!'", "s"));
  EXPECT_THAT(pieces("'"), ElementsAre("'"));
}

TEST(PreTokenizer, LeavesTheLastOfManyBlanksToTheNextPiece) {
  EXPECT_THAT(pieces("a   b"), ElementsAre("a", "  ", " b"));
  EXPECT_THAT(pieces("a \n b"), ElementsAre("a", " \n", " b"));
  EXPECT_THAT(pieces("a\n\nb"), ElementsAre("a", "\n", "\n", "b"));
  EXPECT_THAT(pieces("a\nb"), ElementsAre("a", "\n", "b"));
  EXPECT_THAT(pieces("a  "), ElementsAre("a", "  "));
  EXPECT_THAT(pieces(" "), ElementsAre(" "));
}

TEST(PreTokenizer, KnowsUnicodeClasses) {
  EXPECT_THAT(pieces("\u043f\u0440 \u4e2d1"), ElementsAre("\u043f\u0440", " \u4e2d", "1"));
  EXPECT_THAT(pieces("\u2167\u00bd\u0663x"), ElementsAre("\u2167\u00bd\u0663", "x"));  // numbers
  EXPECT_THAT(pieces("a\u3000\u00a0b"), ElementsAre("a", "\u3000", "\u00a0", "b"));
  EXPECT_THAT(pieces("e\u0301\U0001F642"), ElementsAre("e", "\u0301\U0001F642"));
  // Unicode 16.0: U+105C0 Todhri letter A, U+1CCF0 outlined digit zero.
  EXPECT_THAT(pieces("\U000105C0\U0001CCF0"), ElementsAre("\U000105C0", "\U0001CCF0"));
}

TEST(PreTokenizer, TakesInvalidBytesAsSymbols) {
  EXPECT_THAT(pieces("a\xFF\xC3 b"), ElementsAre("a", "\xFF\xC3", " b"));
  EXPECT_THAT(pieces("\xED\xA0\x80z"), ElementsAre("\xED\xA0\x80", "z"));  // a surrogate
  EXPECT_THAT(pieces("\xC1\x81z"), ElementsAre("\xC1\x81", "z"));          // overlong 'A'
  EXPECT_THAT(pieces("\xF4\x90\x80\x80z"), ElementsAre("\xF4\x90\x80\x80", "z"));
}

TEST(PreTokenizer, SplitsOnlyWhereBothSidesStandAlone) {
  const PreTokenizer pre_tokenizer;
  EXPECT_EQ(pre_tokenizer.split_point("ab cd", 0), 2u);
  EXPECT_EQ(pre_tokenizer.split_point("ab cd", 3), 5u);
  EXPECT_EQ(pre_tokenizer.split_point("it's", 0), 2u);
  EXPECT_EQ(pre_tokenizer.split_point("it's", 3), 4u);  // not between ' and s
  EXPECT_EQ(pre_tokenizer.split_point("a  \n b", 2), 6u);
  EXPECT_EQ(pre_tokenizer.split_point("", 0), 0u);
}

}  // namespace
}  // namespace lts::train

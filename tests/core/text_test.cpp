#include "core/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace lts {
namespace {

using ::testing::ElementsAre;

TEST(Text, SplitsAndJoins) {
  EXPECT_THAT(split("a,b,,c", ','), ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split(",", ','), ElementsAre("", ""));
  EXPECT_EQ(join(std::vector<std::string>{"a", "b"}, ", "), "a, b");
  EXPECT_EQ(join(std::vector<std::string>{}, ", "), "");
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(first_line("a b\nc\n"), "a b");
  EXPECT_EQ(first_line("a"), "a");
}

// Levenshtein's own examples.
TEST(EditDistance, CountsEdits) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("saturday", "sunday"), 3u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("abc", "abc"), 0u);
}

TEST(ParseInt, TakesTheWholeTextOrNothing) {
  std::int64_t value = 7;
  for (const char* bad : {"", " 1", "1 ", "1.0", "0x10", "1e3", "+", "-", "+-1", "--1", "++1",
                          "9223372036854775808", "1_000"}) {
    EXPECT_FALSE(parse_int(bad, value)) << bad;
    EXPECT_EQ(value, 7);
  }
  EXPECT_TRUE(parse_int("+12", value));
  EXPECT_EQ(value, 12);
  EXPECT_TRUE(parse_int("-9223372036854775808", value));
  EXPECT_EQ(value, INT64_MIN);
}

TEST(ParseDouble, TakesFiniteDecimalsOnly) {
  double value = 7;
  for (const char* bad : {"", " 1", "1 ", "inf", "-inf", "nan", "infinity", "nan(1)", "1e400",
                          "+-1", "0x1p3", "1,5", "."}) {
    EXPECT_FALSE(parse_double(bad, value)) << bad;
    EXPECT_EQ(value, 7);
  }
  EXPECT_TRUE(parse_double("+1.5e-3", value));
  EXPECT_EQ(value, 0.0015);
  EXPECT_TRUE(parse_double("-.5", value));
  EXPECT_EQ(value, -0.5);
}

TEST(HumanPercent, IsWholeFromTenOn) {
  EXPECT_EQ(human_percent(0), "0 %");
  EXPECT_EQ(human_percent(0.048), "4.8 %");
  EXPECT_EQ(human_percent(-0.0123), "-1.2 %");
  EXPECT_EQ(human_percent(0.1049), "10 %");
  EXPECT_EQ(human_percent(1), "100 %");
  EXPECT_EQ(human_percent(12.34), "1234 %");
}

TEST(HumanBytes, UsesBinaryUnits) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(1023), "1023 B");
  EXPECT_EQ(human_bytes(1024), "1 KiB");
  EXPECT_EQ(human_bytes(3.2 * 1024 * 1024), "3.2 MiB");
  EXPECT_EQ(human_bytes(17.0 * (1 << 30)), "17 GiB");
  EXPECT_EQ(human_bytes(1000.0 * 1024), "1000 KiB");
}

TEST(HumanDuration, NeverSaysSixtySeconds) {
  EXPECT_EQ(human_duration(0.52), "0.52 s");
  EXPECT_EQ(human_duration(12), "12 s");
  EXPECT_EQ(human_duration(59.7), "1 min 00 s");
  EXPECT_EQ(human_duration(200), "3 min 20 s");
  EXPECT_EQ(human_duration(3599.7), "1 h 00 min");
  EXPECT_EQ(human_duration(7500), "2 h 05 min");
}

TEST(ShortNumber, KeepsSignificantDigits) {
  EXPECT_EQ(short_number(0.08421), "0.08421");
  EXPECT_EQ(short_number(0.0842149), "0.08421");
  EXPECT_EQ(short_number(12345678, 3), "1.23e+07");
}

TEST(NumberedBefore, CountsAsPeopleDo) {
  EXPECT_TRUE(numbered_before("2", "10"));
  EXPECT_TRUE(numbered_before("seed-9", "seed-10"));
  EXPECT_TRUE(numbered_before("gpt2_0a", "gpt2_0b"));
  EXPECT_FALSE(numbered_before("10", "2"));
  EXPECT_FALSE(numbered_before("a", "a"));
}

// RFC 3629: overlong forms, surrogates, beyond U+10FFFF and torn characters are malformed.
TEST(IsUtf8, RefusesMalformedText) {
  for (const std::string good : {"", "ascii", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                 "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(good));
  }
  for (const std::string bad :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98"}) {
    std::size_t offset = 0;
    EXPECT_FALSE(is_utf8("ok" + bad, &offset));
    EXPECT_EQ(offset, 2u);
  }
}

}  // namespace
}  // namespace lts

#include "core/json_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/expect_error.h"

namespace lts {
namespace {

using testing::error_message;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string refusal(const std::string& text) {
  return error_message([&] { parse_json(text, "c.json"); });
}

TEST(ParseJson, ReadsJson) {
  EXPECT_EQ(parse_json(R"({"a": [1, "\ud83d\ude00"]})", "c.json")["a"][1], "\xf0\x9f\x98\x80");
}

TEST(ParseJson, SaysWhereTheSyntaxBreaks) {
  EXPECT_THAT(refusal("{\n \"a\": x}"), StartsWith("c.json:2:7: is not valid JSON: "));
  EXPECT_THAT(refusal("{\"a\": 1"), StartsWith("c.json:1:8: is not valid JSON: "));
  EXPECT_THAT(refusal(""), StartsWith("c.json:1:1: is not valid JSON: "));
  EXPECT_THAT(refusal("{} {}"), HasSubstr("expected end of input"));
  EXPECT_THAT(refusal("\xff\xfe"), StartsWith("c.json:1:1: is not valid JSON: "));
  EXPECT_THAT(refusal("[1e400]"), HasSubstr("number overflow"));
}

TEST(ParseJson, RefusesNestingWithoutEnd) {
  constexpr std::size_t kDeep = 100'000;
  const std::string expected = "c.json: nested deeper than 100 levels";
  EXPECT_EQ(refusal(std::string(kDeep, '[')), expected);
  EXPECT_EQ(refusal(std::string(kDeep, '[') + std::string(kDeep, ']')), expected);
  std::string maps;
  for (std::size_t i = 0; i < kDeep; ++i) maps += "{\"a\":";
  EXPECT_EQ(refusal(maps), expected);
}

TEST(TextAt, IsEmptyWhereThereIsNoText) {
  const nlohmann::ordered_json value = {{"a", "text"}, {"b", 1}};
  EXPECT_EQ(text_at(value, "a"), "text");
  EXPECT_EQ(text_at(value, "b"), "");
  EXPECT_EQ(text_at(value, "c"), "");
  EXPECT_EQ(text_at(nullptr, "a"), "");
}

}  // namespace
}  // namespace lts

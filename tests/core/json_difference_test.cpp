#include "core/json_difference.h"

#include <gtest/gtest.h>

namespace lts {
namespace {

using Json = nlohmann::ordered_json;

/// "path: before -> now", or "same".
std::string difference(const char* before, const char* now) {
  const auto found = json_difference(Json::parse(before), Json::parse(now));
  if (!found) return "same";
  return found->path + ": " + found->before.dump() + " -> " + found->now.dump();
}

TEST(JsonDifference, NamesTheFirstValueThatDiffers) {
  EXPECT_EQ(difference(R"({"a": 1, "b": 2})", R"({"a": 1, "b": 3})"), "b: 2 -> 3");
  EXPECT_EQ(difference(R"({"a": 1, "b": 2})", R"({"a": 0, "b": 3})"), "a: 1 -> 0");
  EXPECT_EQ(difference("1", "2"), ": 1 -> 2");
  EXPECT_EQ(difference(R"({"a": 1})", "null"), R"(: {"a":1} -> null)");
}

TEST(JsonDifference, LooksIntoMapsAndListsOfOneLength) {
  EXPECT_EQ(difference(R"({"stop": {"runs": 1, "ci": 2}})", R"({"stop": {"runs": 1, "ci": 4}})"),
            "stop.ci: 2 -> 4");
  EXPECT_EQ(difference(R"({"o": [{"name": "a"}, {"name": "b"}]})",
                       R"({"o": [{"name": "a"}, {"name": "c"}]})"),
            R"(o.1.name: "b" -> "c")");
  EXPECT_EQ(difference(R"({"o": [1, 2]})", R"({"o": [1]})"), "o: [1,2] -> [1]");
  EXPECT_EQ(difference(R"({"o": {"a": 1}})", R"({"o": [1]})"), R"(o: {"a":1} -> [1])");
}

TEST(JsonDifference, SeesWhatOnlyOneSideHas) {
  EXPECT_EQ(difference(R"({"a": 1, "b": 2})", R"({"a": 1})"), "b: 2 -> null");
  EXPECT_EQ(difference(R"({"a": 1})", R"({"a": 1, "b": {"c": 2}})"), R"(b: null -> {"c":2})");
}

TEST(JsonDifference, OrderFormOfANumberAndNullAreNone) {
  EXPECT_EQ(difference(R"({"a": 1, "b": {"c": 2, "d": 3}})", R"({"b": {"d": 3, "c": 2}, "a": 1})"),
            "same");
  EXPECT_EQ(difference(R"({"a": {"b": null}})", R"({"a": {}, "c": null})"), "same");
  EXPECT_EQ(difference(R"({"a": [1, 2.0]})", R"({"a": [1.0, 2]})"), "same");
}

}  // namespace
}  // namespace lts

#include "core/config_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/expect_error.h"

namespace lts {
namespace {

using ::testing::ElementsAre;
using testing::error_message;

YamlNode value_of(const std::string& text) { return *parse_yaml("k: " + text, "c.yaml").find("k"); }

std::string refused_int(const std::string& text, Range<std::int64_t> range = {}) {
  return error_message([&] { as_int(value_of(text), "search.k", range); });
}

std::string refused_double(const std::string& text, Range<double> range = {}) {
  return error_message([&] { as_double(value_of(text), "search.k", range); });
}

TEST(AsInt, ReadsWholeNumbers) {
  EXPECT_EQ(as_int(value_of("12"), "k"), 12);
  EXPECT_EQ(as_int(value_of("-3"), "k"), -3);
  EXPECT_EQ(as_int(value_of("+4"), "k"), 4);
  EXPECT_EQ(as_int(value_of("1.0e6"), "k"), 1'000'000);
  EXPECT_EQ(as_int(value_of("0"), "k"), 0);
  EXPECT_EQ(as_int(value_of("9223372036854775807"), "k"), INT64_MAX);
}

TEST(AsInt, RefusesEveryOtherType) {
  const std::string end = "; accepted: an integer";
  EXPECT_EQ(refused_int("many"), "c.yaml:1:4: search.k is 'many'" + end);
  EXPECT_EQ(refused_int("1.5"), "c.yaml:1:4: search.k is '1.5'" + end);
  EXPECT_EQ(refused_int("'5'"), "c.yaml:1:4: search.k is '5'" + end);
  EXPECT_EQ(refused_int("[1]"), "c.yaml:1:4: search.k is a list" + end);
  EXPECT_EQ(refused_int("{a: 1}"), "c.yaml:1:4: search.k is a map" + end);
  EXPECT_EQ(refused_int("~"), "c.yaml:1:4: search.k is nothing" + end);
  EXPECT_EQ(refused_int("true"), "c.yaml:1:4: search.k is 'true'" + end);
  EXPECT_EQ(refused_int("9223372036854775808"),
            "c.yaml:1:4: search.k is '9223372036854775808'" + end);
  EXPECT_EQ(refused_int("1e400"), "c.yaml:1:4: search.k is '1e400'" + end);
  EXPECT_EQ(refused_int("inf"), "c.yaml:1:4: search.k is 'inf'" + end);
}

// YAML 1.1 reads 010 as 8, 1.2 as 10: neither is what all readers agree on.
TEST(AsInt, RefusesLeadingZerosAndOtherBases) {
  for (const char* text : {"010", "00", "-01", "+07", "0x10", "0o17", "0b1", "1_000", "01.0"}) {
    EXPECT_EQ(refused_int(text),
              "c.yaml:1:4: search.k is '" + std::string(text) + "'; accepted: an integer");
  }
}

TEST(AsInt, NamesTheRange) {
  EXPECT_EQ(refused_int("0", {.min = 1}),
            "c.yaml:1:4: search.k is '0'; accepted: an integer, at least 1");
  EXPECT_EQ(refused_int("9", {.max = 8}),
            "c.yaml:1:4: search.k is '9'; accepted: an integer, at most 8");
  EXPECT_EQ(refused_int("9", {.min = 1, .max = 8}),
            "c.yaml:1:4: search.k is '9'; accepted: an integer from 1 to 8");
  EXPECT_EQ(as_int(value_of("8"), "k", {.min = 1, .max = 8}), 8);
}

TEST(AsDouble, ReadsFiniteNumbersInTheirRange) {
  EXPECT_EQ(as_double(value_of("6.0e-4"), "k"), 6e-4);
  EXPECT_EQ(as_double(value_of("1"), "k", {.min = 0, .max = 1}), 1.0);
  EXPECT_EQ(as_double(value_of("0.5"), "k"), 0.5);
  for (const char* text : {".inf", "inf", ".nan", "nan", "-.inf", "1e999", "x", "'1'", "00.5"}) {
    const std::string bare = text[0] == '\'' ? "1" : text;
    EXPECT_EQ(refused_double(text), "c.yaml:1:4: search.k is '" + bare + "'; accepted: a number");
  }
  EXPECT_EQ(refused_double("1.5", {.min = 0, .max = 0.99}),
            "c.yaml:1:4: search.k is '1.5'; accepted: a number from 0 to 0.99");
}

TEST(AsBool, TakesTwoWords) {
  EXPECT_TRUE(as_bool(value_of("true"), "k"));
  EXPECT_FALSE(as_bool(value_of("false"), "k"));
  for (const char* text : {"yes", "1", "True", "'true'"}) {
    EXPECT_THAT(error_message([&] { as_bool(value_of(text), "k"); }),
                ::testing::EndsWith("; accepted: true, false"));
  }
}

TEST(AsString, TakesAnyScalar) {
  EXPECT_EQ(as_string(value_of("5"), "k"), "5");
  EXPECT_EQ(as_string(value_of("'a b'"), "k"), "a b");
  EXPECT_EQ(error_message([] { as_string(value_of("[a]"), "k"); }),
            "c.yaml:1:4: k is a list; accepted: a string");
  EXPECT_THAT(as_strings(value_of("[a, 'b']"), "k"), ElementsAre("a", "b"));
  EXPECT_EQ(error_message([] { as_strings(value_of("a"), "k"); }),
            "c.yaml:1:4: k is 'a'; accepted: a list of strings");
  EXPECT_EQ(error_message([] { as_strings(value_of("[a, [b]]"), "k"); }),
            "c.yaml:1:8: k is a list; accepted: a string");
}

TEST(MapReader, GivesValuesOrFallbacks) {
  const YamlNode root = parse_yaml("a: 1\nb: 0.5\nc: true\nd: x\ne: ~\n", "c.yaml");
  MapReader reader(root, "");
  EXPECT_EQ(reader.integer("a", 9), 1);
  EXPECT_EQ(reader.number("b", 9), 0.5);
  EXPECT_TRUE(reader.boolean("c", false));
  EXPECT_EQ(reader.string("d", "y"), "x");
  EXPECT_EQ(reader.choice("d", "y", {"x", "y"}), "x");
  EXPECT_EQ(reader.integer("e", 9), 9);  // null reads as absent
  EXPECT_EQ(reader.integer("f", 9), 9);
  EXPECT_EQ(reader.number("g", 2.5), 2.5);
  EXPECT_TRUE(reader.boolean("h", true));
  EXPECT_EQ(reader.string("i", "y"), "y");
  EXPECT_EQ(reader.choice("j", "y", {"x", "y"}), "y");
  EXPECT_EQ(reader.child("e"), nullptr);
  EXPECT_EQ(reader.place().str(), "c.yaml:1:1");
  reader.finish();
}

TEST(MapReader, AnEmptyFileIsAnEmptyMap) {
  const YamlNode root = parse_yaml("", "c.yaml");
  MapReader reader(root, "");
  EXPECT_EQ(reader.integer("a", 9), 9);
  reader.finish();
  EXPECT_EQ(error_message([&] { reader.required("objectives"); }),
            "c.yaml:1:1: key 'objectives' is missing");
}

TEST(MapReader, RefusesAnUnknownKeyWithTheNearest) {
  const YamlNode root = parse_yaml("search:\n  seed: 1\n  iteratons: 3\n", "c.yaml");
  MapReader reader(*root.find("search"), "search");
  reader.integer("seed", 1);
  reader.integer("iterations", 10);
  EXPECT_EQ(error_message([&] { reader.finish(); }),
            "c.yaml:3:3: unknown key 'search.iteratons'; did you mean 'iterations'? Accepted: "
            "seed, iterations");
}

TEST(MapReader, NamesTheKeyOfAWrongValue) {
  const YamlNode root = parse_yaml("algorithm: evolution\nseed: x\n", "c.yaml");
  MapReader reader(root, "search");
  EXPECT_EQ(error_message([&] {
              reader.choice("algorithm", "a", {"evolution_pareto", "random"});
            }),
            "c.yaml:1:12: search.algorithm is 'evolution'; accepted: evolution_pareto, random");
  EXPECT_EQ(error_message([&] { reader.integer("seed", 1, {.min = 0}); }),
            "c.yaml:2:7: search.seed is 'x'; accepted: an integer, at least 0");
  EXPECT_EQ(error_message([&] { reader.required("space"); }),
            "c.yaml:1:1: key 'search.space' is missing");
}

TEST(MapReader, RefusesWhatIsNoMap) {
  const YamlNode list = parse_yaml("- 1\n- 2\n", "c.yaml"), text = parse_yaml("a:1\n", "c.yaml");
  EXPECT_EQ(error_message([&] { MapReader reader(list, ""); }),
            "c.yaml:1:1: the file is a list; accepted: a map of keys");
  EXPECT_EQ(error_message([&] { MapReader reader(text, "space"); }),
            "c.yaml:1:1: space is 'a:1'; accepted: a map of keys");
}

}  // namespace
}  // namespace lts

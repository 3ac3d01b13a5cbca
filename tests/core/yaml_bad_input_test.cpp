#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/yaml.h"
#include "tests/expect_error.h"

namespace lts {
namespace {

using ::testing::EndsWith;
using testing::error_message;
using ::testing::StartsWith;

std::string refusal(const std::string& text) {
  return error_message([&] { parse_yaml(text, "c.yaml"); });
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(BadYaml, DuplicateKey) {
  EXPECT_EQ(refusal("seed:\n  1\nb: 2\nseed: 3\n"),
            "c.yaml:4:1: key 'seed' stands twice; first in line 1");
  EXPECT_EQ(refusal("a: {b: 1, b: 2}\n"), "c.yaml:1:11: key 'b' stands twice; first in line 1");
}

TEST(BadYaml, AliasBomb) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
            repeated(alias + ", ", 9) + alias + "]\n";
  }
  EXPECT_THAT(refusal(bomb), StartsWith("c.yaml:5:"));
  EXPECT_THAT(refusal(bomb), EndsWith("anchors and aliases copy more than 100000 values"));
}

// Every level holds the one before, so depth grows where no level is deep.
TEST(BadYaml, AliasTower) {
  std::string tower = "a0: &a0 x\n";
  for (int i = 1; i < 3000; ++i) {
    tower += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " " + repeated("[", 90) + "*a" +
             std::to_string(i - 1) + repeated("]", 90) + "\n";
  }
  EXPECT_THAT(refusal(tower), EndsWith("anchors and aliases copy more than 100000 values"));
}

TEST(BadYaml, CyclicAlias) {
  EXPECT_EQ(refusal("a: &x [1, *x]\n"), "c.yaml:1:11: an alias to a value that contains it");
  EXPECT_EQ(refusal("&x a: *x\nb: &y {c: *y}\n"),
            "c.yaml:2:11: an alias to a value that contains it");
  EXPECT_EQ(refusal("a: *none\n"),
            "c.yaml:1:4: is not valid YAML: the referenced anchor is not defined");
}

TEST(BadYaml, NestingWithoutEnd) {
  constexpr int kDeep = 100'000;
  const std::string end = "nested deeper than 100 levels";
  for (const char* opening : {"[", "{", "{a: ", "- ", "? ", "[,", "[a: ", "{[", "- - ", "[[{"}) {
    EXPECT_THAT(refusal(repeated(opening, kDeep)), EndsWith(end)) << opening;
  }
  EXPECT_THAT(refusal(repeated("[", kDeep) + repeated("]", kDeep)), EndsWith(end));
  std::string block;
  for (int i = 0; i < 1000; ++i) block += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(refusal(block), "c.yaml:101:101: " + end);
}

TEST(BadYaml, BinaryBytes) {
  const std::string end = ": is no UTF-8 text (a binary file?)";
  EXPECT_EQ(refusal("a: \xff\n"), "c.yaml:1:4" + end);
  EXPECT_EQ(refusal("a: 1\nb: \xc3\n"), "c.yaml:2:4" + end);
  EXPECT_EQ(refusal(std::string("a: 1\nbc: x\0y\n", 13)), "c.yaml:2:6" + end);
  EXPECT_EQ(refusal(std::string("\0\0\0\0", 4)), "c.yaml:1:1" + end);
  EXPECT_EQ(refusal(std::string("\xff\xfe"
                                "a\0:\0",
                                6)),
            "c.yaml:1:1" + end);
}

TEST(BadYaml, SecondDocument) {
  EXPECT_EQ(refusal("a: 1\n---\nb: 2\n"), "c.yaml:3:1: a second YAML document; one file holds one");
  EXPECT_THAT(refusal("---\n---\n"), EndsWith("a second YAML document; one file holds one"));
  EXPECT_THAT(refusal("a: 1\n...\n---\nb: 2\n"),
              EndsWith("a second YAML document; one file holds one"));
}

TEST(BadYaml, TabsAsIndentation) {
  EXPECT_THAT(refusal("a:\n\tb: 1\n"), StartsWith("c.yaml:2:3: is not valid YAML: "));
  EXPECT_EQ(refusal("a: 1\n\tb: 2\n"),
            "c.yaml:2:1: is not valid YAML: illegal tab when looking for indentation");
}

// yaml-cpp alone takes the rest of the file for text, and says nothing.
TEST(BadYaml, QuotesThatDoNotEnd) {
  EXPECT_EQ(refusal("a: \"x\nb: 1\n"), "c.yaml:3:1: a quoted text does not end");
  EXPECT_EQ(refusal("a: 'x\n"), "c.yaml:2:1: a quoted text does not end");
  EXPECT_EQ(refusal("{\"a\": \"x"), "c.yaml:2:1: a quoted text does not end");
  EXPECT_EQ(refusal(repeated("\"", 1001)), "c.yaml:2:1: a quoted text does not end");
}

TEST(BadYaml, BrokenSyntax) {
  for (const char* text : {"a: [1, 2\nb: 3\n", "a: b: c\n", "a: @b\n", "{\"a\": 1", "a: 1\n- b\n",
                           "a: 1\n b: 2\n", "a: \"\\q\"\n", "a: |x\n", "%YAML 1.2\n%YAML 1.2\n"}) {
    EXPECT_THAT(refusal(text),
                ::testing::ContainsRegex("^c\\.yaml:[0-9]+:[0-9]+: is not valid YAML"))
        << text;
  }
}

TEST(BadYaml, KeysThatAreNoNames) {
  EXPECT_EQ(refusal("[1, 2]: 3\n"), "c.yaml:1:1: a key must be a plain name");
  EXPECT_EQ(refusal("a:\n  ~: 3\n"), "c.yaml:2:3: a key is missing");
  EXPECT_EQ(refusal(": 3\n"), "c.yaml:1:1: a key is missing");
}

TEST(BadYaml, Tags) {
  EXPECT_EQ(refusal("a: !!str 5\n"),
            "c.yaml:1:4: a tag ('tag:yaml.org,2002:str') is not accepted; quotes make a string");
  EXPECT_EQ(refusal("a: !x [1]\n"),
            "c.yaml:1:4: a tag ('!x') is not accepted; quotes make a string");
  EXPECT_EQ(refusal("!x {a: 1}\n"),
            "c.yaml:1:1: a tag ('!x') is not accepted; quotes make a string");
}

}  // namespace
}  // namespace lts

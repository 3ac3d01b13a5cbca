#include "core/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "core/random.h"
#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts {
namespace {

using nlohmann::ordered_json;
using testing::error_message;
using ::testing::StartsWith;

ordered_json read(const std::string& text) { return to_json(parse_yaml(text, "c.yaml")); }

TEST(Yaml, ReadsBlocksFlowsAndScalars) {
  const ordered_json expected = {
      {"a", 1}, {"b", {1.5, true, nullptr, "x y"}}, {"c", {{"d", "1"}, {"e", "two\nlines\n"}}}};
  EXPECT_EQ(read("a: 1\nb: [1.5, true, null, x y]\nc:\n  d: '1'\n  e: |\n    two\n    lines\n"),
            expected);
  EXPECT_EQ(read("# only a comment\n"), nullptr);
  EXPECT_EQ(read(""), nullptr);
  EXPECT_EQ(read("a: 1\r\nb: 2\r\n"), (ordered_json{{"a", 1}, {"b", 2}}));
  EXPECT_EQ(read("\xef\xbb\xbf"
                 "a: 1\n"),
            (ordered_json{{"a", 1}}));
  EXPECT_EQ(read("--- \na: 1\n...\n"), (ordered_json{{"a", 1}}));
}

TEST(Yaml, ReadsJsonTabsAndAll) {
  EXPECT_EQ(read("{\n\t\"a\": [1,\n\t\t2.5e-3],\n\t\"b\": \"\\u00e9\"\n}\n"),
            (ordered_json{{"a", {1, 0.0025}}, {"b", "\xc3\xa9"}}));
}

TEST(Yaml, KnowsWhereEveryValueStands) {
  const YamlNode root = parse_yaml("a: 1\nb:\n  - x\n  - {c: 2}\n", "c.yaml");
  EXPECT_EQ(root.find("a")->place.str(), "c.yaml:1:4");
  EXPECT_EQ(root.find("b")->items[1].find("c")->place.str(), "c.yaml:4:9");
  EXPECT_EQ(root.entries[1].key_place.str(), "c.yaml:2:1");
  EXPECT_EQ(root.find("none"), nullptr);
  EXPECT_EQ(parse_yaml("", "c.yaml").place.str(), "c.yaml:1:1");
}

TEST(Yaml, CopiesAnAnchorToItsAliases) {
  EXPECT_EQ(read("a: &x {b: [1, 2]}\nc: *x\n"),
            (ordered_json{{"a", {{"b", {1, 2}}}}, {"c", {{"b", {1, 2}}}}}));
}

TEST(Yaml, TakesALargeFileWithoutAliases) {
  constexpr int kItems = 120'000;
  std::string text = "a:\n  b:\n";
  for (int i = 0; i < kItems; ++i) text += "    - 1\n";
  EXPECT_EQ(parse_yaml(text, "c.yaml").find("a")->find("b")->items.size(), kItems);
}

TEST(Yaml, NamesAMissingFile) {
  const testing::TemporaryFolder folder;
  const auto file = folder.path() / "none.yaml";
  EXPECT_EQ(error_message([&] { load_yaml(file); }),
            file.string() + ": cannot be opened: No such file or directory");
}

TEST(ApplyOverride, SetsMakesAndIndexes) {
  YamlNode root = parse_yaml("search: {iterations: 10}\nobjectives:\n  - {name: a}\n", "c.yaml");
  apply_override(root, "search.iterations=3");
  apply_override(root, "objectives.0.name=b");
  apply_override(root, "space.n_head=[2, 4]");
  apply_override(root, "search.seed=");
  EXPECT_EQ(to_json(root), (ordered_json{{"search", {{"iterations", 3}, {"seed", nullptr}}},
                                         {"objectives", {{{"name", "b"}}}},
                                         {"space", {{"n_head", {2, 4}}}}}));
  YamlNode empty = parse_yaml("", "c.yaml");
  apply_override(empty, "a.b=x=y");
  EXPECT_EQ(to_json(empty), (ordered_json{{"a", {{"b", "x=y"}}}}));
}

TEST(ApplyOverride, SaysWhatItCannotSet) {
  const auto refusal = [](const std::string& assignment) {
    YamlNode root = parse_yaml("steps: 5\nlist: [1, 2]\n", "c.yaml");
    return error_message([&] { apply_override(root, assignment); });
  };
  EXPECT_EQ(refusal("steps"), "--set steps: must look like key.subkey=value");
  EXPECT_EQ(refusal("=5"), "--set =5: must look like key.subkey=value");
  EXPECT_EQ(refusal("steps.x=5"), "--set steps.x=5: 'x' is asked of the plain value '5'");
  EXPECT_EQ(refusal("list.2=5"), "--set list.2=5: '2' is no index of a list of 2 (0 is the first)");
  EXPECT_EQ(refusal("list.x=5"), "--set list.x=5: 'x' is no index of a list of 2 (0 is the first)");
  EXPECT_EQ(refusal("list.-1=5"),
            "--set list.-1=5: '-1' is no index of a list of 2 (0 is the first)");
  EXPECT_THAT(refusal("a=[1"), StartsWith("--set a=[1:"));
}

TEST(ToYaml, KeepsStringsThatLookLikeOtherThings) {
  ordered_json texts = ordered_json::array();
  for (const char* text :
       {"",           " ",     "~",     "null",   "Null", "NULL", "true",     "False",
        "yes",        "on",    "n",     "1",      "010",  "1.5",  "1e3",      ".inf",
        ".nan",       "inf",   "- a",   "a: b",   "a #b", "#a",   "[",        "{",
        "*a",         "&a",    "!a",    "%a",     "@a",   "`a",   "'",        "\"",
        "\\",         "|",     ">",     "?",      ":",    "a:",   "---",      "...",
        "two\nlines", "tab\t", " lead", "trail ", "\x01", "\x7f", "\xc3\xa9", "\xf0\x9f\x98\x80",
        "<<",         "0x10",  "=",     ","}) {
    texts.push_back(text);
  }
  const ordered_json value = {{"texts", texts}};
  EXPECT_EQ(read(to_yaml(value)), value);
  ordered_json keys = ordered_json::object();
  for (const auto& text : texts) keys[text.get<std::string>()] = 1;
  EXPECT_EQ(read(to_yaml(keys)), keys);
}

TEST(ToYaml, WritesNumbersThatEveryReaderTakesForNumbers) {
  EXPECT_EQ(to_yaml({{"a", 1e-5}, {"b", 1e16}, {"c", 6e-4}, {"d", 2.0}, {"e", -3}}),
            "a: 1.0e-05\nb: 1.0e+16\nc: 0.0006\nd: 2.0\ne: -3\n");
}

ordered_json random_value(Rng& rng, int depth) {
  switch (rng.below(depth > 0 ? 7 : 5)) {
    case 0:
      return nullptr;
    case 1:
      return rng.below(2) == 1;
    case 2:
      return rng.randint(-1'000'000, 1'000'000);
    case 3:
      return (rng.random() - 0.5) * std::pow(10.0, static_cast<double>(rng.randint(-30, 30)));
    case 4: {
      std::string text;
      for (auto n = rng.below(6); n > 0; --n) text += static_cast<char>(rng.randint(32, 126));
      return text;
    }
    case 5: {
      auto list = ordered_json::array();
      for (auto n = rng.below(4); n > 0; --n) list.push_back(random_value(rng, depth - 1));
      return list;
    }
    default: {
      auto map = ordered_json::object();
      for (auto n = rng.below(4); n > 0; --n) {
        map["k" + std::to_string(n)] = random_value(rng, depth - 1);
      }
      return map;
    }
  }
}

TEST(ToYaml, ReadsBackAsItself) {
  Rng rng(11);
  for (int i = 0; i < 500; ++i) {
    const ordered_json value = {{"x", random_value(rng, 4)}};
    ASSERT_EQ(read(to_yaml(value)), value) << to_yaml(value);
  }
}

}  // namespace
}  // namespace lts

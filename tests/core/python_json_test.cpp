#include "core/python_json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace lts {
namespace {

using nlohmann::json;

// Written by CPython 3.11's json.dumps(..., sort_keys=True); core_oracle.py compares thousands
// more.
TEST(PythonJson, WritesAsPythonDoes) {
  EXPECT_EQ(python_json({{"b", 1}, {"a", {1, 2.0, nullptr, true}}}),
            R"({"a": [1, 2.0, null, true], "b": 1})");
  EXPECT_EQ(python_json(json::object()), "{}");
  EXPECT_EQ(python_json(json::array()), "[]");
  EXPECT_EQ(python_json("\xc3\xa9\xf0\x9f\x98\x80\x7f\n\"\\/\x01"),
            R"("\u00e9\ud83d\ude00\u007f\n\"\\/\u0001")");
}

TEST(PythonJson, WritesFloatsAsRepr) {
  for (const auto& [value, text] : {std::pair{0.0, "0.0"},
                                    {-0.0, "-0.0"},
                                    {0.1, "0.1"},
                                    {1e16, "1e+16"},
                                    {1e15, "1000000000000000.0"},
                                    {9999999999999998.0, "9999999999999998.0"},
                                    {1e-4, "0.0001"},
                                    {1e-5, "1e-05"},
                                    {1.5e300, "1.5e+300"},
                                    {5e-324, "5e-324"},
                                    {123456.789, "123456.789"}}) {
    EXPECT_EQ(python_json(value), text);
  }
  EXPECT_EQ(python_json(std::nan("")), "NaN");
  EXPECT_EQ(python_json(std::numeric_limits<double>::infinity()), "Infinity");
  EXPECT_EQ(python_json(-std::numeric_limits<double>::infinity()), "-Infinity");
}

TEST(PythonJson, WritesWholeIntegers) {
  EXPECT_EQ(python_json(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(python_json(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

// Python sorts by code point: U+FF5E before U+1F600, though UTF-16 has them the other way.
TEST(PythonJson, SortsKeysByCodePoint) {
  const json value = {{"\xf0\x9f\x98\x80", 1}, {"\xef\xbd\x9e", 2}, {"Z", 3}, {"a", 4}, {"", 5}};
  EXPECT_EQ(python_json(value), R"({"": 5, "Z": 3, "a": 4, "\uff5e": 2, "\ud83d\ude00": 1})");
}

}  // namespace
}  // namespace lts

#include "core/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts {
namespace {

using ::testing::ElementsAre;
using testing::error_message;
using testing::TemporaryFolder;

std::string refusal(const std::string& text) {
  return error_message([&] { parse_csv(text, "t.csv"); });
}

// As Python's csv.writer and pandas write (minimal quoting).
TEST(CsvLine, QuotesWhatNeedsIt) {
  EXPECT_EQ(csv_line({"a", "1.5", ""}), "a,1.5,\n");
  EXPECT_EQ(csv_line({"a,b", "say \"x\"", "two\nlines"}),
            "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\n");
  EXPECT_EQ(csv_line({"256|512"}), "256|512\n");
}

TEST(ParseCsv, ReadsWhatCsvLineWrites) {
  const std::vector<std::vector<std::string>> rows = {{"x", "a,b", "\"", "\n", "\r\n", " ", ""},
                                                      {"", "", "", "", "", "", "\"\""}};
  std::string text = csv_line({"a", "b", "c", "d", "e", "f", "g"});
  for (const auto& row : rows) text += csv_line(row);
  EXPECT_EQ(parse_csv(text, "t.csv").rows, rows);
}

TEST(ParseCsv, TakesWindowsLinesAndAByteOrderMark) {
  const CsvTable table = parse_csv(
      "\xef\xbb\xbf"
      "a,b\r\n1,2\r\n\r\n3,4",
      "t.csv");
  EXPECT_THAT(table.columns, ElementsAre("a", "b"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("1", "2"), ElementsAre("3", "4")));
  EXPECT_EQ(table.column("b"), 1u);
}

TEST(ParseCsv, KnowsTheLineOfEachRow) {
  const CsvTable table = parse_csv("a,b\n1,2\n\n\"two\nlines\",3\n4,5\n", "t.csv");
  EXPECT_THAT(table.lines, ElementsAre(2, 4, 6));
  EXPECT_EQ(table.place(1).str(), "t.csv:4");
  EXPECT_TRUE(table.has("b"));
  EXPECT_FALSE(table.has("c"));
}

TEST(ParseCsv, SaysWhatIsWrong) {
  EXPECT_EQ(refusal(""), "t.csv: is empty; a CSV file begins with a header line");
  EXPECT_EQ(refusal("a,b\n1,2\n1\n"), "t.csv:3: has 1 fields, the header 2");
  EXPECT_EQ(refusal("a,b\n\"1\n1\",2,3\n"), "t.csv:2: has 3 fields, the header 2");
  EXPECT_EQ(refusal("a,b\n1,2\n\"1,2\n"), "t.csv:3: a quoted field does not end");
  EXPECT_EQ(refusal(std::string("a\0b\n", 4)), "t.csv: is no CSV text (a binary file?)");
  EXPECT_EQ(error_message([] { parse_csv("archid,latency\n", "t.csv").column("latencie"); }),
            "t.csv: has no column 'latencie'; did you mean 'latency'? Accepted: archid, latency");
}

TEST(ReadCsv, NamesAMissingFile) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "none.csv";
  EXPECT_EQ(error_message([&] { read_csv(file); }),
            file.string() + ": cannot be opened: No such file or directory");
}

}  // namespace
}  // namespace lts

#include "core/table.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"

namespace lts {
namespace {

const Table kTable = {.columns = {"archid", "latency_s", "d_inner"},
                      .rows = {{"gpt2_a", "0.5", "256|512"}, {"gpt2_bc", "", "128"}}};

TEST(FormatTable, AlignsNumbersRight) {
  EXPECT_EQ(format_table(kTable),
            "archid   latency_s  d_inner\n"
            "gpt2_a         0.5  256|512\n"
            "gpt2_bc             128\n");
}

TEST(FormatTable, WritesCsv) {
  EXPECT_EQ(format_table(kTable, TableFormat::kCsv),
            "archid,latency_s,d_inner\ngpt2_a,0.5,256|512\ngpt2_bc,,128\n");
}

TEST(FormatTable, KeepsAMarkdownCellWhole) {
  EXPECT_EQ(format_table(kTable, TableFormat::kMarkdown),
            "| archid | latency_s | d_inner |\n| --- | --- | --- |\n"
            "| gpt2_a | 0.5 | 256\\|512 |\n| gpt2_bc |  | 128 |\n");
}

TEST(FormatTable, EscapesWhatLatexReads) {
  const Table table = {.columns = {"a_b"}, .rows = {{"5 % & #1 $x {y} ~z^2 \\n"}}};
  EXPECT_EQ(format_table(table, TableFormat::kLatex),
            "\\begin{tabular}{l}\n\\hline\na\\_b \\\\\n\\hline\n"
            "5 \\% \\& \\#1 \\$x \\{y\\} \\textasciitilde{}z\\textasciicircum{}2 "
            "\\textbackslash{}n \\\\\n\\hline\n\\end{tabular}\n");
}

TEST(TableFormat, KnowsFourWords) {
  EXPECT_EQ(table_format("table"), TableFormat::kText);
  EXPECT_EQ(table_format("csv"), TableFormat::kCsv);
  EXPECT_EQ(table_format("md"), TableFormat::kMarkdown);
  EXPECT_EQ(table_format("tex"), TableFormat::kLatex);
  EXPECT_EQ(testing::error_message([] { table_format("cvs"); }),
            "--format cvs: unknown format; accepted: table, csv, md, tex");
}

}  // namespace
}  // namespace lts

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lts {

/// A small table to be printed. The first row of text is `columns`; every row has as many cells.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

enum class TableFormat { kText, kCsv, kMarkdown, kLatex };

/// The format of a `--format` word: table, csv, md, tex. \throws Error kUser naming them.
TableFormat table_format(std::string_view name);

/// The table as text that ends with a newline. Columns of numbers are aligned right in kText.
std::string format_table(const Table& table, TableFormat format = TableFormat::kText);

}  // namespace lts

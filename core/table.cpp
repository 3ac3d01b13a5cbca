#include "core/table.h"

#include <algorithm>

#include "core/csv.h"
#include "core/error.h"
#include "core/text.h"

namespace lts {
namespace {

bool numeric_column(const Table& table, std::size_t column) {
  double value = 0;
  return std::all_of(table.rows.begin(), table.rows.end(), [&](const auto& row) {
    return row[column].empty() || parse_double(row[column], value);
  });
}

std::string text_table(const Table& table) {
  std::vector<std::size_t> widths;
  std::vector<bool> right;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::size_t width = table.columns[c].size();
    for (const auto& row : table.rows) width = std::max(width, row[c].size());
    widths.push_back(width);
    right.push_back(numeric_column(table, c));
  }
  std::string out;
  const auto add = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const std::string pad(widths[c] - cells[c].size(), ' ');
      line += (c > 0 ? "  " : "") + (right[c] ? pad + cells[c] : cells[c] + pad);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  add(table.columns);
  for (const auto& row : table.rows) add(row);
  return out;
}

std::string markdown_line(const std::vector<std::string>& cells) {
  std::string out = "|";
  for (const std::string& cell : cells) {
    out += " ";
    for (const char letter : cell) out += letter == '|' ? "\\|" : std::string(1, letter);
    out += " |";
  }
  return out + "\n";
}

std::string latex_escaped(char letter) {
  constexpr std::string_view kWithBackslash = "_%&#${}";
  if (letter == '\\') return "\\textbackslash{}";
  if (letter == '~') return "\\textasciitilde{}";
  if (letter == '^') return "\\textasciicircum{}";
  if (kWithBackslash.find(letter) != std::string_view::npos) return {'\\', letter};
  return {letter};
}

std::string latex_line(const std::vector<std::string>& cells) {
  std::string out;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (c > 0) out += " & ";
    for (const char letter : cells[c]) out += latex_escaped(letter);
  }
  return out + " \\\\\n";
}

std::string markdown_table(const Table& table) {
  std::string out = markdown_line(table.columns);
  out += markdown_line(std::vector<std::string>(table.columns.size(), "---"));
  for (const auto& row : table.rows) out += markdown_line(row);
  return out;
}

std::string latex_table(const Table& table) {
  std::string out = "\\begin{tabular}{" + std::string(table.columns.size(), 'l') + "}\n\\hline\n";
  out += latex_line(table.columns) + "\\hline\n";
  for (const auto& row : table.rows) out += latex_line(row);
  return out + "\\hline\n\\end{tabular}\n";
}

}  // namespace

TableFormat table_format(std::string_view name) {
  if (name == "table") return TableFormat::kText;
  if (name == "csv") return TableFormat::kCsv;
  if (name == "md") return TableFormat::kMarkdown;
  if (name == "tex") return TableFormat::kLatex;
  const std::vector<std::string> names = {"table", "csv", "md", "tex"};
  throw user_error("--format " + std::string(name) + ": unknown format" +
                   accepted_names(name, names));
}

std::string format_table(const Table& table, TableFormat format) {
  switch (format) {
    case TableFormat::kText:
      return text_table(table);
    case TableFormat::kMarkdown:
      return markdown_table(table);
    case TableFormat::kLatex:
      return latex_table(table);
    case TableFormat::kCsv:
      break;
  }
  std::string out = csv_line(table.columns);
  for (const auto& row : table.rows) out += csv_line(row);
  return out;
}

}  // namespace lts

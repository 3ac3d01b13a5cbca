#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace lts {

/// One CSV line, newline included: fields with a comma, quote or newline are quoted (RFC 4180, as
/// pandas writes), "\n" ends the line.
std::string csv_line(const std::vector<std::string>& fields);

/// A CSV file with a header line.
struct CsvTable {
  std::string file;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::vector<int> lines{};  ///< of each row, in the file

  /// Index of a column. \throws Error kUser naming the file and the columns it has.
  std::size_t column(std::string_view name) const;
  bool has(std::string_view name) const;
  /// \throws Error kUser at the row where the cell is no number.
  double number(std::size_t row, std::string_view column) const;
  /// Where a row stands.
  Place place(std::size_t row) const { return {file, lines[row]}; }
};

/// Reads RFC 4180 CSV. \throws Error kUser with the line where a row has another number of fields
/// than the header or a quote does not end.
CsvTable read_csv(const std::filesystem::path& path);
CsvTable parse_csv(std::string_view text, const std::string& name);

}  // namespace lts

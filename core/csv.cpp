#include "core/csv.h"

#include <algorithm>

#include "core/error.h"
#include "core/file.h"
#include "core/text.h"

namespace lts {

std::string csv_line(const std::vector<std::string>& fields) {
  std::string out;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    if (fields[i].find_first_of(",\"\r\n") == std::string::npos) {
      out += fields[i];
      continue;
    }
    out += '"';
    for (const char c : fields[i]) out.append(c == '"' ? 2 : 1, c);
    out += '"';
  }
  return out + "\n";
}

bool CsvTable::has(std::string_view name) const {
  return std::ranges::find(columns, name) != columns.end();
}

std::size_t CsvTable::column(std::string_view name) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == name) return i;
  }
  throw user_error({file},
                   "has no column '" + std::string(name) + "'" + accepted_names(name, columns));
}

namespace {

/// Reads one record at a time; `line` counts from 1.
class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  bool done() const { return at_ >= text_.size(); }
  int line() const { return line_; }

  std::vector<std::string> record() {
    std::vector<std::string> fields(1);
    while (!done()) {
      const char c = text_[at_++];
      if (c == ',') {
        fields.emplace_back();
      } else if (c == '"' && fields.back().empty()) {
        read_quoted(fields.back());
      } else if (c == '\n') {
        ++line_;
        break;
      } else if (c != '\r') {
        fields.back() += c;
      }
    }
    return fields;
  }

 private:
  void read_quoted(std::string& field) {
    const int first_line = line_;
    while (!done()) {
      const char c = text_[at_++];
      if (c == '\n') ++line_;
      if (c != '"') {
        field += c;
      } else if (!done() && text_[at_] == '"') {
        field += text_[at_++];
      } else {
        return;
      }
    }
    throw user_error({name_, first_line}, "a quoted field does not end");
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

double CsvTable::number(std::size_t row, std::string_view name) const {
  const std::string& text = rows[row][column(name)];
  double out = 0;
  if (parse_double(text, out)) return out;
  throw user_error(place(row),
                   "column '" + std::string(name) + "' is '" + text + "', not a number");
}

CsvTable parse_csv(std::string_view text, const std::string& name) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // spreadsheets write one
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.find('\0') != std::string_view::npos) {
    throw user_error({name}, "is no CSV text (a binary file?)");
  }
  CsvReader reader(text, name);
  if (reader.done()) throw user_error({name}, "is empty; a CSV file begins with a header line");
  CsvTable table{.file = name, .columns = reader.record(), .rows = {}, .lines = {}};
  while (!reader.done()) {
    const int line = reader.line();
    std::vector<std::string> row = reader.record();
    if (row.size() == 1 && row[0].empty()) continue;
    if (row.size() != table.columns.size()) {
      throw user_error({name, line}, "has " + std::to_string(row.size()) + " fields, the header " +
                                         std::to_string(table.columns.size()));
    }
    table.rows.push_back(std::move(row));
    table.lines.push_back(line);
  }
  return table;
}

CsvTable read_csv(const std::filesystem::path& path) {
  return parse_csv(read_file(path), path.string());
}

}  // namespace lts

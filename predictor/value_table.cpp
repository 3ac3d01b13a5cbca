#include "predictor/value_table.h"

#include <algorithm>
#include <span>

#include "core/csv.h"
#include "core/text.h"
#include "space/gene_cells.h"

namespace lts::predictor {
namespace {

using space::Architecture;
using Cells = std::vector<std::string>;

constexpr const char* kArchid = "archid";

/// The cells of a row's key in one spelling.
std::string normal_key(const Cells& key, const Cells& cells, const space::Family& family,
                       const Place& place) {
  if (key.front() == kArchid) {
    if (cells.front().empty()) throw user_error(place, "the archid is empty");
    return cells.front();
  }
  std::size_t n_layer = 1;
  Cells genes;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const auto entries =
        space::gene_cell(cells[i], *space::find_gene(family, key[i]), n_layer, place);
    if (key[i] == "n_layer") n_layer = static_cast<std::size_t>(entries.front());
    genes.push_back(space::entries_text(entries));
  }
  return join(genes, ",");
}

std::string key_of(const Architecture& architecture, const Cells& key) {
  Cells genes;
  for (const std::string& name : key) genes.push_back(space::entries_text(architecture.gene(name)));
  return join(genes, ",");
}

void add_row(ValueTable& table, ValueTable::Row row, const space::Family& family) {
  const Place place = row.place;
  const auto [other, fresh] =
      table.rows.try_emplace(normal_key(table.key, row.cells, family, place), row);
  if (fresh) return;
  throw user_error(place, join(table.key, ",") + " " + join(row.cells, ",") +
                              " stands twice; the first time at " + other->second.place.str());
}

/// `archid`, or the genes that the file has columns for.
Cells key_columns(const CsvTable& csv, const space::Family& family) {
  if (csv.has(kArchid)) return {kArchid};
  Cells key, missing;
  for (const auto& gene : family.genes()) {
    const std::string name(gene.name);
    if (csv.has(name)) {
      key.push_back(name);
    } else if (gene.fallback == 0) {
      missing.push_back(name);
    }
  }
  if (missing.empty()) return key;
  throw user_error({csv.file, 1}, "has neither a column 'archid' nor all genes of " +
                                      std::string(family.name()) + ": " + join(missing, ", ") +
                                      (missing.size() == 1 ? " is" : " are") +
                                      " missing; its columns: " + join(csv.columns, ", "));
}

std::optional<double> cell_value(const CsvTable& csv, std::size_t row, std::size_t column) {
  const std::string cell(trim(csv.rows[row][column]));
  double value = 0;
  if (cell.empty()) return std::nullopt;
  if (parse_double(cell, value)) return value;
  throw user_error(csv.place(row), csv.columns[column] + " is '" + cell +
                                       "'; accepted: a finite number, or nothing where the "
                                       "measurement failed");
}

void read_rows(const CsvTable& csv, ValueTable& table, const space::Family& family) {
  if (!csv.has(table.column)) {
    throw user_error({csv.file, 1}, "has no column '" + table.column + "'" +
                                        accepted_names(table.column, csv.columns));
  }
  table.key = key_columns(csv, family);
  const std::size_t value = csv.column(table.column);
  for (std::size_t r = 0; r < csv.rows.size(); ++r) {
    ValueTable::Row row{.cells = {}, .value = cell_value(csv, r, value), .place = csv.place(r)};
    for (const std::string& name : table.key) row.cells.push_back(csv.rows[r][csv.column(name)]);
    if (!row.value && csv.has("reason")) row.reason = csv.rows[r][csv.column("reason")];
    add_row(table, std::move(row), family);
  }
  if (table.rows.empty()) throw user_error({csv.file}, "has no row");
}

Cells read_key(const YamlNode& node, const std::string& what, const space::Family& family) {
  Cells key = as_strings(node, what);
  if (key == Cells{kArchid}) return key;
  Cells genes;
  for (const auto& gene : family.genes()) genes.emplace_back(gene.name);
  for (const std::string& name : key) {
    if (std::ranges::find(genes, name) != genes.end()) continue;
    throw user_error(node.place, what + " names '" + name +
                                     "', which is neither archid nor a gene" +
                                     accepted_names(name, genes));
  }
  if (!key.empty() && key.front() == genes.front()) return key;
  throw user_error(node.place,
                   what + " must be [archid], or genes beginning with " + genes.front());
}

/// [cell of the key..., value], and where the value is null a reason.
void read_inline_row(const YamlNode& node, const std::string& what, ValueTable& table,
                     const space::Family& family) {
  const std::size_t keys = table.key.size();
  const auto& items = node.items;
  if (node.kind != YamlNode::Kind::kSequence || items.size() < keys + 1 ||
      items.size() > keys + 2) {
    throw user_error(node.place,
                     what + " must be a list of " + join(table.key, ", ") + " and the value");
  }
  ValueTable::Row row{.cells = {}, .place = node.place};
  for (std::size_t i = 0; i < keys; ++i) row.cells.push_back(as_string(items[i], what));
  if (items[keys].kind != YamlNode::Kind::kNull) row.value = as_double(items[keys], what);
  if (items.size() == keys + 2) row.reason = as_string(items[keys + 1], what);
  add_row(table, std::move(row), family);
}

class ValueTableEvaluator final : public Evaluator {
 public:
  explicit ValueTableEvaluator(ValueTable table) : table_(std::move(table)) {}
  Cost cost() const override { return Cost::kFree; }
  std::string unit() const override { return table_.unit; }

  Outcome evaluate(const Architecture& architecture) override {
    const ValueTable::Row* row = find(architecture);
    if (!row) {
      return Failure{"candidate", "the table of " + table_.column + " has no row for " +
                                      space::summary(architecture)};
    }
    if (row->value) return Measurement{.value = *row->value};
    return Failure{"candidate",
                   row->reason.empty() ? "the table's row has no " + table_.column : row->reason};
  }

  std::optional<Interval> range() const override {
    std::optional<Interval> out;
    for (const auto& [key, row] : table_.rows) {
      if (!row.value) continue;
      if (!out) out = Interval{*row.value, *row.value};
      out = Interval{std::min(out->low, *row.value), std::max(out->high, *row.value)};
    }
    return out;
  }

 private:
  const ValueTable::Row* at(const std::string& key) const {
    const auto found = table_.rows.find(key);
    return found == table_.rows.end() ? nullptr : &found->second;
  }

  const ValueTable::Row* find(const Architecture& architecture) const {
    if (table_.key.front() != kArchid) return at(key_of(architecture, table_.key));
    if (const auto* row = at(space::archid(architecture))) return row;
    return at(space::archid_sampled(architecture));
  }

  ValueTable table_;
};

}  // namespace

ValueTable read_value_table(MapReader& reader, const std::filesystem::path& folder,
                            const space::Family& family) {
  ValueTable table;
  table.column = as_string(reader.required("column"), reader.path_of("column"));
  table.unit = reader.string("unit", "");
  const YamlNode* file = reader.child("file");
  const YamlNode *key = reader.child("key"), *rows = reader.child("rows");
  if (file && !rows) {
    read_rows(read_csv(folder / as_string(*file, reader.path_of("file"))), table, family);
    return table;
  }
  if (file || !rows) {
    throw user_error(reader.place(), "a table needs either 'file' or 'rows'");
  }
  table.key = read_key(key ? *key : reader.required("key"), reader.path_of("key"), family);
  if (rows->kind != YamlNode::Kind::kSequence || rows->items.empty()) {
    throw user_error(rows->place, reader.path_of("rows") + " must be a list of one or more rows");
  }
  for (const YamlNode& row : rows->items) {
    read_inline_row(row, reader.path_of("rows"), table, family);
  }
  return table;
}

namespace {

/// A key's cells, numbers as such.
nlohmann::ordered_json cells_json(const Cells& key, const std::string& normal) {
  auto out = nlohmann::ordered_json::array();
  if (key.front() == kArchid) {
    out.push_back(normal);
    return out;
  }
  for (const std::string& cell : split(normal, ',')) {
    std::int64_t number = 0;
    out.push_back(parse_int(cell, number) ? nlohmann::ordered_json(number)
                                          : nlohmann::ordered_json(cell));
  }
  return out;
}

}  // namespace

nlohmann::ordered_json value_table_json(const ValueTable& table) {
  nlohmann::ordered_json out = {{"column", table.column}};
  if (!table.unit.empty()) out["unit"] = table.unit;
  out["key"] = table.key;
  for (const auto& [key, row] : table.rows) {
    nlohmann::ordered_json cells = cells_json(table.key, key);
    cells.push_back(row.value ? nlohmann::ordered_json(*row.value) : nlohmann::ordered_json());
    if (!row.value && !row.reason.empty()) cells.push_back(row.reason);
    out["rows"].push_back(std::move(cells));
  }
  return out;
}

std::shared_ptr<Evaluator> make_value_table(ValueTable table) {
  return std::make_shared<ValueTableEvaluator>(std::move(table));
}

}  // namespace lts::predictor

#include "train/card/search_values.h"

#include <algorithm>
#include <array>
#include <map>

#include "core/csv.h"
#include "core/error.h"
#include "core/file.h"
#include "core/json_file.h"
#include "core/text.h"
#include "core/yaml.h"
#include "space/family.h"
#include "space/gene_cells.h"

namespace lts::train {

namespace {

using nlohmann::ordered_json;

constexpr const char* kEvaluations = "evaluations.csv";

bool is_parameter_count(const ordered_json& objective) {
  constexpr std::array kCounts = {"decoder_params", "non_embedding_params", "total_params"};
  return std::ranges::find(kCounts, text_at(objective, "proxy")) != kCounts.end();
}

// "device cpu, threads 1, dtype float32, ...": what of a hardware file a reader compares by.
std::string protocol_of(const ordered_json& hardware) {
  std::string out;
  for (const char* key : {"name", "device", "threads", "dtype", "batch_size", "sequence_length",
                          "past_length", "new_tokens"}) {
    const auto found = hardware.find(key);
    if (found == hardware.end() || *found == 0) continue;
    const std::string value = found->is_string() ? found->get<std::string>() : found->dump();
    out += (out.empty() ? "" : ", ") + std::string(key) + " " + value;
  }
  return out;
}

std::string meaning_of(const ordered_json& objective) {
  if (const auto hardware = objective.find("hardware");
      hardware != objective.end() && hardware->is_object())
    return text_at(objective, "metric") + ", measured: " + protocol_of(*hardware);
  if (const std::string proxy = text_at(objective, "proxy"); !proxy.empty())
    return proxy + ", in closed form or from the untrained model";
  if (const std::string predictor = text_at(objective, "predictor"); !predictor.empty())
    return "by predictor " + predictor;
  return "by a program of the search's";
}

std::vector<SearchValues::Column> columns_of(const ordered_json& config, const Place& place) {
  const auto objectives = config.find("objectives");
  if (objectives == config.end() || !objectives->is_array())
    throw user_error(place, "is no configuration of a search: it has no list of objectives");
  std::vector<SearchValues::Column> out;
  for (const ordered_json& objective : *objectives)
    if (!is_parameter_count(objective))
      out.push_back({.name = text_at(objective, "name"), .meaning = meaning_of(objective)});
  return out;
}

std::string processor_of(const fs::path& run_dir) {
  const fs::path file = run_dir / "environment.json";
  if (!fs::exists(file)) return "";
  const ordered_json environment = parse_json(read_file(file), file.string());
  if (!environment.is_object() || !environment.contains("hardware")) return "";
  return text_at(environment.at("hardware"), "cpu_model");
}

std::string family_of(const ordered_json& config) {
  const auto space = config.find("space");
  return space == config.end() ? "" : text_at(*space, "family");
}

// The row of each evaluated architecture of `like`'s family.
std::map<space::Architecture, std::size_t> rows_of(const CsvTable& table,
                                                   const space::Architecture& like) {
  std::map<space::Architecture, std::size_t> out;
  for (std::size_t row = 0; row < table.rows.size(); ++row)
    out.emplace(space::row_architecture(table, row, like), row);
  return out;
}

// Adds a value to each column: the row's, nothing where there is no row or its cell is empty.
void add_row(SearchValues& found, const CsvTable& table, std::optional<std::size_t> row) {
  for (auto& column : found.columns) {
    auto& value = column.values.emplace_back();
    if (!row || table.rows[*row][table.column(column.name)].empty()) continue;
    value = table.number(*row, column.name);
  }
}

}  // namespace

SearchValues read_search_values(const fs::path& run_dir,
                                std::span<const space::Architecture> architectures) {
  const fs::path file = run_dir / "config.yaml";
  if (!fs::exists(file) || !fs::exists(run_dir / kEvaluations))
    throw user_error(Place{run_dir.string()},
                     "is no folder of a search: it has no config.yaml and evaluations.csv");
  const ordered_json config = to_json(load_yaml(file));
  SearchValues found{.columns = columns_of(config, {file.string()}),
                     .processor = processor_of(run_dir)};
  const CsvTable table = read_csv(run_dir / kEvaluations);
  const std::string family = family_of(config);
  std::map<space::Architecture, std::size_t> rows;
  for (const space::Architecture& architecture : architectures) {
    const bool is_member = architecture.family().name() == family;
    if (is_member && rows.empty()) rows = rows_of(table, architecture);
    const auto row = rows.find(architecture);
    add_row(found, table, row == rows.end() ? std::nullopt : std::optional(row->second));
  }
  return found;
}

}  // namespace lts::train

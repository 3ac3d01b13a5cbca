#include "predictor/correlation/trained_models.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "space/spectral_capacity.h"

namespace lts::predictor {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// What a proxy's column may be called: our name first.
const std::map<std::string, std::vector<std::string>>& column_names() {
  static const std::map<std::string, std::vector<std::string>> names = {
      {"decoder_params", {"decoder_params", "nonembedding_params", "non_embedding_params"}},
      {"attention_params", {"attention_params", "attn_params"}},
  };
  return names;
}

std::vector<std::string> names_of(const std::string& proxy) {
  const auto found = column_names().find(proxy);
  return found == column_names().end() ? std::vector{proxy} : found->second;
}

std::string place(const CsvTable& table, std::size_t row) {
  return table.file + ":" + std::to_string(row + 2);  // after the header, from 1
}

[[noreturn]] void refuse(const CsvTable& table, std::size_t row, const std::string& column,
                         const std::string& accepted) {
  throw user_error(place(table, row) + ": " + column + " is '" +
                   table.rows[row][table.column(column)] + "'; accepted: " + accepted);
}

/// "256|512" or "256", one value for each layer.
std::vector<std::int64_t> per_layer(const CsvTable& table, std::size_t row,
                                    const std::string& column, std::size_t n_layer) {
  std::vector<std::int64_t> out;
  for (const std::string& part : split(table.rows[row][table.column(column)], '|')) {
    std::int64_t value = 0;
    if (!parse_int(part, value) || value < 1)
      refuse(table, row, column, "a positive integer, or one a layer: 256|512");
    out.push_back(value);
  }
  if (out.size() == 1) out.resize(n_layer, out.front());
  if (out.size() != n_layer)
    refuse(table, row, column, "one value or " + std::to_string(n_layer) + ", one a layer");
  return out;
}

double spectral_capacity(const CsvTable& table, std::size_t row) {
  const auto one = [&](const std::string& column) {
    return per_layer(table, row, column, 1).front();
  };
  const auto n_layer = static_cast<std::size_t>(one("n_layer"));
  const std::int64_t d_model = one("d_model");
  const auto d_inner = per_layer(table, row, "d_inner", n_layer),
             n_head = per_layer(table, row, "n_head", n_layer);
  double sum = 0;
  for (std::size_t layer = 0; layer < n_layer; ++layer)
    sum += space::layer_spectral_capacity(d_model, d_inner[layer], n_head[layer]);
  return sum;
}

}  // namespace

TrainedTable::TrainedTable(const std::filesystem::path& path, const std::string& target)
    : table_(read_csv(path)), target_(target) {
  numbers(target_);
}

bool TrainedTable::has(const std::string& column) const {
  return std::ranges::find(table_.columns, column) != table_.columns.end();
}

std::vector<double> TrainedTable::numbers(const std::string& column) const {
  const std::size_t index = table_.column(column);
  std::vector<double> out;
  for (std::size_t row = 0; row < table_.rows.size(); ++row) {
    const std::string& cell = table_.rows[row][index];
    double value = kNone;
    if (!cell.empty() && !parse_double(cell, value)) refuse(table_, row, column, "a number");
    out.push_back(value);
  }
  return out;
}

std::optional<std::string> TrainedTable::column_of(const std::string& proxy) const {
  for (const std::string& name : names_of(proxy)) {
    if (has(name)) return name;
  }
  return std::nullopt;
}

/// A proxy's value for every row.
std::vector<double> TrainedTable::scores(const std::string& proxy) const {
  if (const auto column = column_of(proxy)) return numbers(*column);
  std::vector<double> out;
  if (proxy == "balanced") {
    const auto attention = scores("attention_params"), ffn = scores("ffn_params");
    for (std::size_t row = 0; row < attention.size(); ++row)
      out.push_back(std::sqrt(attention[row] * ffn[row]));
    return out;
  }
  if (proxy != "nsc") return numbers(proxy);  // says which columns there are
  for (std::size_t row = 0; row < table_.rows.size(); ++row)
    out.push_back(spectral_capacity(table_, row));
  return out;
}

std::vector<std::string> TrainedTable::proxies() const {
  std::vector<std::string> out;
  for (const char* proxy : {"decoder_params", "total_params", "attention_params", "ffn_params"}) {
    if (column_of(proxy)) out.emplace_back(proxy);
  }
  const std::array genes = {"n_layer", "d_model", "d_inner", "n_head"};
  if (std::ranges::all_of(genes, [&](const char* gene) { return has(gene); })) out.push_back("nsc");
  if (column_of("attention_params") && column_of("ffn_params")) out.push_back("balanced");
  return out;
}

std::vector<TrainedModels> TrainedTable::scored(const std::string& proxy) const {
  const std::vector<double> perplexity = numbers(target_), score = scores(proxy);
  const auto size = column_of("decoder_params") ? scores("decoder_params")
                                                : std::vector(perplexity.size(), kNone);
  const std::size_t set_column = has("set") ? table_.column("set") : table_.columns.size();
  std::vector<TrainedModels> out;
  for (std::size_t row = 0; row < perplexity.size(); ++row) {
    if (std::isnan(perplexity[row]) || std::isnan(score[row])) continue;
    const std::string set = set_column < table_.columns.size() ? table_.rows[row][set_column] : "";
    auto found = std::ranges::find(out, set, &TrainedModels::set);
    if (found == out.end()) found = out.insert(out.end(), TrainedModels{.set = set});
    found->perplexity.push_back(perplexity[row]);
    found->score.push_back(score[row]);
    found->decoder_params.push_back(size[row]);
    found->rows.push_back(row);
  }
  return out;
}

}  // namespace lts::predictor

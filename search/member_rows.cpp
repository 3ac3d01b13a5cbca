#include "search/member_rows.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/csv.h"
#include "core/random.h"
#include "core/text.h"
#include "search/run/columns.h"
#include "space/family.h"

namespace lts::search {
namespace {

using nlohmann::ordered_json;
using predictor::Measurement;

std::optional<Measurement> value_of(const predictor::Objective& objective,
                                    const space::Architecture& architecture) {
  const predictor::Outcome outcome = objective.evaluator->evaluate(architecture);
  const auto* measurement = std::get_if<Measurement>(&outcome);
  if (!measurement || !std::isfinite(measurement->value)) return std::nullopt;
  return *measurement;
}

ordered_json json_of(const std::string& column, const std::string& field,
                     const space::Family& family) {
  if (field.empty()) return nullptr;
  if (column == "archid") return field;
  if (!space::is_per_layer(family, column)) return ordered_json::parse(field);
  auto layers = ordered_json::array();
  for (const std::string& layer : split(field, '|')) layers.push_back(ordered_json::parse(layer));
  return layers;
}

/// What `line_of` makes of each member, on all cores.
template <typename LineOf>
std::vector<std::string> lines(std::span<const space::Architecture> members, LineOf line_of) {
  std::vector<std::string> out(members.size());
  tbb::parallel_for(std::size_t{0}, members.size(),
                    [&](std::size_t i) { out[i] = line_of(members[i]); });
  return out;
}

}  // namespace

MemberRows::MemberRows(const SearchConfig& config) : config_(config) {
  append_architecture_columns(columns_, config.space.family(), config.objectives);
  Rng rng(1);
  const space::Architecture any = config.space.architecture(config.space.sample(rng));
  for (const auto& objective : config.objectives) {
    if (!objective.free()) continue;
    const auto value = value_of(objective, any);
    free_.push_back({&objective, value && value->interval});
    columns_.push_back(objective.name);
    if (!free_.back().has_interval) continue;
    for (const char* suffix : {"_ci_low", "_ci_high"}) columns_.push_back(objective.name + suffix);
  }
}

std::vector<std::string> MemberRows::fields(const space::Architecture& member) const {
  std::vector<std::string> out;
  append_architecture(out, space::archid(member), member, config_.objectives);
  for (const auto& [objective, has_interval] : free_) {
    const auto value = value_of(*objective, member);
    out.push_back(value ? csv_number(value->value) : "");
    if (!has_interval) continue;
    const bool known = value && value->interval;
    out.push_back(known ? csv_number(value->interval->low) : "");
    out.push_back(known ? csv_number(value->interval->high) : "");
  }
  return out;
}

std::vector<std::string> MemberRows::csv_lines(std::span<const space::Architecture> members) const {
  return lines(members, [&](const auto& member) { return csv_line(fields(member)); });
}

std::vector<std::string> MemberRows::json_lines(
    std::span<const space::Architecture> members) const {
  return lines(members, [&](const auto& member) {
    const std::vector<std::string> row = fields(member);
    ordered_json out;
    for (std::size_t i = 0; i < row.size(); ++i)
      out[columns_[i]] = json_of(columns_[i], row[i], config_.space.family());
    return out.dump();
  });
}

}  // namespace lts::search

#include "predictor/cost_source.h"

#include "core/config_reader.h"
#include "core/text.h"

namespace lts::predictor {
namespace {

/// What a fit writes beside the costs, for people and for fits that start from it.
constexpr const char* kReports[] = {
    "form", "cross_validated_mape", "holdout", "fit", "hardware", "failed", "rows"};

std::map<double, double> read_quantiles(const YamlNode* node, const std::string& what) {
  std::map<double, double> out;
  if (!node) return out;
  MapReader(*node, what);  // a map
  for (const auto& entry : node->entries) {
    double level = 0;
    if (!parse_double(entry.key, level) || level <= 0 || level >= 1) {
      throw user_error(entry.key_place, "'" + entry.key + "' is no level of " + what +
                                            "; accepted: a number between 0 and 1");
    }
    out[level] = as_double(entry.value, what + "." + entry.key, {.min = 0});
  }
  return out;
}

/// The cost of a map of a file; its reports are accepted and passed over.
CostSource read_file_cost(MapReader& reader, const space::Family& family) {
  for (const char* report : kReports) reader.child(report);
  return read_cost(reader, family);
}

}  // namespace

std::shared_ptr<Evaluator> CostSource::evaluator() const {
  const auto found = error_quantiles.find(kIntervalLevel);
  return make_layer_cost(
      cost, unit, found == error_quantiles.end() ? std::nullopt : std::optional(found->second));
}

CostSource read_cost(MapReader& reader, const space::Family& family) {
  CostSource out{.metric = reader.string("metric", ""), .unit = reader.string("unit", "")};
  out.cost = read_layer_cost(reader, family);
  out.error_quantiles =
      read_quantiles(reader.child("error_quantiles"), reader.path_of("error_quantiles"));
  if (const YamlNode* fitted = reader.child("fitted")) out.fitted = read_fitted_for(*fitted);
  return out;
}

std::vector<CostSource> load_costs(const std::filesystem::path& path, const space::Family& family) {
  const YamlNode root = load_yaml(path);
  MapReader reader(root, "");
  std::vector<CostSource> out = {read_file_cost(reader, family)};
  if (const YamlNode* more = reader.child("more")) {
    if (more->kind != YamlNode::Kind::kSequence) {
      throw user_error(more->place, "more must be a list of costs, each with its metric");
    }
    for (std::size_t i = 0; i < more->items.size(); ++i) {
      MapReader item(more->items[i], "more[" + std::to_string(i) + "]");
      item.required("metric");
      out.push_back(read_file_cost(item, family));
      item.finish();
      if (!out.back().fitted) out.back().fitted = out.front().fitted;
    }
  }
  reader.finish();
  return out;
}

CostSource load_cost(const std::filesystem::path& path, const std::optional<std::string>& metric,
                     const space::Family& family) {
  std::vector<CostSource> costs = load_costs(path, family);
  if (!metric) return std::move(costs.front());
  std::vector<std::string> names;
  for (CostSource& cost : costs) {
    if (cost.metric == *metric) return std::move(cost);
    if (!cost.metric.empty()) names.push_back(cost.metric);
  }
  throw user_error({path.string()}, "has no cost of metric '" + *metric + "'" +
                                        (names.empty() ? "; its cost names no metric"
                                                       : accepted_names(*metric, names)));
}

nlohmann::ordered_json cost_json(const CostSource& source) {
  nlohmann::ordered_json out;
  if (!source.metric.empty()) out["metric"] = source.metric;
  if (!source.unit.empty()) out["unit"] = source.unit;
  out.update(layer_cost_json(source.cost));
  for (const auto& [level, error] : source.error_quantiles) {
    out["error_quantiles"][python_repr(level)] = error;
  }
  if (source.fitted) out["fitted"] = fitted_for_json(*source.fitted);
  return out;
}

}  // namespace lts::predictor

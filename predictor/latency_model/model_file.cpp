#include <algorithm>
#include <cmath>

#include "core/digest.h"
#include "core/yaml.h"
#include "predictor/latency_model/latency_model.h"
#include "space/arch_argument.h"

namespace lts::predictor {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kHeader =
    R"(# A model of latency and memory that lts fit wrote; docs/latency-model.md says how it is read.
# A value is `constant`, plus the `per_model` terms, plus the `per_layer` terms of every layer. A
# term is its coefficient times the named genes and counts, or a table's entry (a straight line
# between two), in `unit`. |measured / predicted - 1| is at most error_quantiles[p] with
# probability p. `holdout`: errors on architectures that no coefficient has seen.
)";

Json metric_json(const FittedMetric& metric) {
  Json out = cost_json(metric.source);
  out["form"] = metric.fit.form;
  out["cross_validated_mape"] = metric.fit.cross_validated_mape;
  out["holdout"] = holdout_json(metric.fit.holdout);
  return out;
}

Json row_json(const MeasuredRow& row, const std::vector<FittedMetric>& metrics) {
  Json out = space::architecture_json(row.planned.architecture);
  out["use"] = row.planned.held_out ? "holdout" : "fit";
  for (const FittedMetric& metric : metrics) {
    for (const Reading& reading : row.readings) {
      out[metric.source.metric].push_back(reading.values[metric.index]);
    }
  }
  for (const Reading& reading : row.readings) out["verdict"].push_back(reading.verdict);
  return out;
}

/// A list with one line an item: JSON's braces are YAML's.
std::string lines_yaml(std::string_view key, const std::vector<Json>& items) {
  std::string out = std::string(key) + (items.empty() ? ": []\n" : ":\n");
  for (const Json& item : items) {
    std::string line = item.dump(-1, ' ', true);
    out += "  - " + line + "\n";
  }
  return out;
}

int held_out(const LatencyModel& model) {
  return static_cast<int>(std::ranges::count_if(
      model.measured.rows, [](const MeasuredRow& row) { return row.planned.held_out; }));
}

}  // namespace

Json holdout_json(const HoldoutErrors& holdout) {
  return {{"n", holdout.n},
          {"mape", holdout.mape},
          {"within_5", holdout.within_5},
          {"within_10", holdout.within_10},
          {"interval_coverage", holdout.interval_coverage},
          {"worst", holdout.worst},
          {"worst_archid", holdout.worst_archid}};
}

Json description_of(const Json& file) {
  if (!file.is_object() || !file.contains("fit") || !file.contains("fitted")) return nullptr;
  Json out;
  for (const char* key : {"budget", "from_sha256"}) out[key] = file["fit"].value(key, Json());
  for (const char* key : {"space", "protocol"}) out[key] = file["fitted"].value(key, Json());
  return out;
}

std::string model_yaml(const LatencyModel& model) {
  Json out = metric_json(model.metrics.front());
  for (std::size_t m = 1; m < model.metrics.size(); ++m) {
    out["more"].push_back(metric_json(model.metrics[m]));
  }
  out["fit"] = {{"budget", model.budget},      {"measured", model.measured.rows.size()},
                {"held_out", held_out(model)}, {"noise_floor", model.measured.noise_floor},
                {"wall_s", model.wall_s},      {"from", nullptr},
                {"from_sha256", nullptr}};
  if (model.from) {
    out["fit"]["from"] = model.from->string();
    out["fit"]["from_sha256"] = sha256_hex_of_file(*model.from);
  }
  out["fitted"] = fitted_for_json(model.fitted);
  out["hardware"] = model.measured.hardware;
  std::vector<Json> rows, failed;
  for (const MeasuredRow& row : model.measured.rows) rows.push_back(row_json(row, model.metrics));
  for (const FailedRow& row : model.measured.failed) {
    Json item = space::architecture_json(row.planned.architecture);
    item["reason"] = row.reason;
    failed.push_back(std::move(item));
  }
  return std::string(kHeader) + to_yaml(out) + lines_yaml("failed", failed) +
         lines_yaml("rows", rows);
}

}  // namespace lts::predictor

#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "predictor/fitted_for.h"
#include "predictor/layer_cost.h"

namespace lts::predictor {

/// The level of the interval of a predicted value.
constexpr double kIntervalLevel = 0.9;

/// A layer_cost with what a fit says of it; all but the cost may be absent.
struct CostSource {
  std::string metric{};  ///< "latency.median_s"
  std::string unit{};
  LayerCost cost;
  /// |measured / predicted - 1| is at most error_quantiles[level] with that probability.
  std::map<double, double> error_quantiles{};
  std::optional<FittedFor> fitted{};

  /// An evaluator whose values carry the kIntervalLevel interval where that quantile is known.
  std::shared_ptr<Evaluator> evaluator() const;
};

/// Reads a layer_cost from an objective's map: per_layer, per_model, constant, and, as a fit writes
/// them, metric, unit, error_quantiles, fitted. The keys are marked as accepted; the caller
/// finishes the reader. \throws Error kUser with place.
CostSource read_cost(MapReader& reader, const space::Family& family);

/// Reads the cost of `metric` from a file: one that a fit wrote (with a further cost for each
/// further metric under `more`) or one written by hand. An absent metric is the first one's.
/// \throws Error kUser with place.
CostSource load_cost(const std::filesystem::path& path, const std::optional<std::string>& metric,
                     const space::Family& family);

/// Every cost of such a file, the first one first. \throws Error kUser with place.
std::vector<CostSource> load_costs(const std::filesystem::path& path, const space::Family& family);

/// The map that read_cost reads.
nlohmann::ordered_json cost_json(const CostSource& source);

}  // namespace lts::predictor

#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/config_reader.h"
#include "predictor/objective.h"

namespace lts::predictor {

/// A product of gene and count names with a coefficient: "d_model*d_inner: 4".
struct CostTerm {
  std::vector<std::string> factors;
  double coefficient = 0;
};

/// cost = constant + sum over per_model terms + sum over layers and per_layer terms. In a per-layer
/// term a per-layer gene has that layer's value; counts (decoder_params, ...) are the model's. The
/// form of a fitted latency model; deterministic.
struct LayerCost {
  std::vector<CostTerm> per_layer, per_model;
  double constant = 0;

  double value(const space::Architecture& architecture) const;
};

/// Reads `per_layer`, `per_model` and `constant` from an objective's map or a file's. Keys are
/// marked as accepted in `reader`; the caller finishes it. Names are checked against `family`.
/// \throws Error kUser with place.
LayerCost read_layer_cost(MapReader& reader, const space::Family& family);

/// The map that read_layer_cost reads.
nlohmann::ordered_json layer_cost_json(const LayerCost& cost);

/// An evaluator of the cost; a value that is not finite is the candidate's failure.
std::shared_ptr<Evaluator> make_layer_cost(LayerCost cost, std::string unit);

}  // namespace lts::predictor

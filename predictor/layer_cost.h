#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/config_reader.h"
#include "predictor/objective.h"

namespace lts::predictor {

/// A product of gene and count names with a coefficient, "d_model*d_inner: 4", or a table over the
/// values of its factors: "d_inner: {128: 1.5, 256: 2.5}", "d_inner*n_head: {128*2: 1, 128*4: 2}".
struct CostTerm {
  std::vector<std::string> factors;
  double coefficient = 0;
  /// Entries by the factors' values; empty for a product. With one factor, the straight line
  /// between neighbouring entries; with several, the entries alone.
  std::map<std::vector<std::int64_t>, double> table{};

  /// The table's value at `point`, or nothing beyond its ends or, with several factors, between its
  /// entries. Precondition: a table.
  std::optional<double> look_up(const std::vector<double>& point) const;
};

/// cost = constant + sum over per_model terms + sum over layers and per_layer terms. In a per-layer
/// term a per-layer gene has that layer's value, in a per-model one the sum of the layers'; counts
/// (decoder_params, ...) are the model's. The form of a fitted latency model; deterministic.
struct LayerCost {
  std::vector<CostTerm> per_layer, per_model;
  double constant = 0;

  /// \throws Error kUser where a table has no entry for the architecture.
  double value(const space::Architecture& architecture) const;
  /// As of an Evaluator: no term multiplies what several layers decide with one another or looks it
  /// up in a table.
  bool adds_over_layers(const space::Family& family) const;
};

/// Reads `per_layer`, `per_model` and `constant` from an objective's map or a file's. Keys are
/// marked as accepted in `reader`; the caller finishes it. Names are checked against `family`.
/// \throws Error kUser with place.
LayerCost read_layer_cost(MapReader& reader, const space::Family& family);

/// The map that read_layer_cost reads.
nlohmann::ordered_json layer_cost_json(const LayerCost& cost);

/// An evaluator of the cost; a value that is not finite, or that a table does not have, is the
/// candidate's failure. With `relative_error` e, the interval of a value v is v (1 - e) to v (1 +
/// e).
std::shared_ptr<Evaluator> make_layer_cost(LayerCost cost, std::string unit,
                                           std::optional<double> relative_error = {});

}  // namespace lts::predictor

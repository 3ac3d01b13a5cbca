#include "predictor/layer_cost.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "predictor/proxies/closed_form.h"
#include "space/family.h"

namespace lts::predictor {
namespace {

using space::Architecture;

/// The value of a factor in one layer; per-layer genes in a per-model term have their sum.
double factor_value(const Architecture& architecture, const space::Counts& counts,
                    const std::string& name, std::optional<std::size_t> layer) {
  if (const ClosedForm* const form = find_closed_form(name)) {
    if (const auto count = form->value(counts)) return *count;
    throw user_error("the layer_cost has " + name + ", which family '" +
                     std::string(architecture.family().name()) + "' has not");
  }
  if (layer) return architecture.in_layer(name, *layer);
  double sum = 0;
  for (const std::int32_t value : architecture.gene(name)) sum += value;
  return sum;
}

/// "d_inner = 100" or "d_inner*n_head = 100*2".
std::string point_text(const CostTerm& term, const std::vector<double>& point) {
  std::vector<std::string> values;
  for (const double value : point) values.push_back(short_number(value, 15));
  return join(term.factors, "*") + " = " + join(values, "*");
}

double term_value(const CostTerm& term, const std::vector<double>& point) {
  if (!term.table.empty()) {
    if (const auto value = term.look_up(point)) return *value;
    throw user_error("the layer_cost has no entry for " + point_text(term, point));
  }
  double product = term.coefficient;
  for (const double factor : point) product *= factor;
  return product;
}

double sum_of(const std::vector<CostTerm>& terms, const Architecture& architecture,
              const space::Counts& counts, std::optional<std::size_t> layer) {
  double sum = 0;
  for (const CostTerm& term : terms) {
    std::vector<double> point;
    for (const std::string& name : term.factors) {
      point.push_back(factor_value(architecture, counts, name, layer));
    }
    sum += term_value(term, point);
  }
  return sum;
}

/// Whether all layers together decide a factor's value: counts, and in a per-model term the sum of
/// a gene that is per layer.
bool is_of_all_layers(const std::string& factor, const space::Family& family, bool in_layer) {
  if (find_closed_form(factor)) return true;
  return !in_layer && space::is_per_layer(family, factor);
}

/// A term adds over layers when it is linear in at most one such factor and in nothing that a
/// single layer decides beside it.
bool term_adds(const CostTerm& term, const space::Family& family, bool in_layer) {
  const auto of_all = [&](const std::string& factor) {
    return is_of_all_layers(factor, family, in_layer);
  };
  const auto shared = std::ranges::find_if(term.factors, of_all);
  if (shared == term.factors.end()) return true;
  const ClosedForm* const form = find_closed_form(*shared);
  const bool linear = term.table.empty() && (!form || form->adds_over_layers) &&
                      std::ranges::count_if(term.factors, of_all) == 1;
  return linear && !(in_layer && std::ranges::any_of(term.factors, [&](const auto& factor) {
                       return space::is_per_layer(family, factor);
                     }));
}

class LayerCostEvaluator final : public Evaluator {
 public:
  LayerCostEvaluator(LayerCost cost, std::string unit, std::optional<double> relative_error)
      : cost_(std::move(cost)), unit_(std::move(unit)), relative_error_(relative_error) {}
  Cost cost() const override { return Cost::kFree; }
  std::string unit() const override { return unit_; }
  bool adds_over_layers(const space::Family& family) const override {
    return cost_.adds_over_layers(family);
  }
  Outcome evaluate(const Architecture& architecture) override {
    try {
      return measurement(cost_.value(architecture));
    } catch (const Error& error) {
      return Failure{"candidate", error.what()};
    }
  }

 private:
  Outcome measurement(double value) const {
    if (!std::isfinite(value)) return Failure{"candidate", "the layer_cost is not finite"};
    Measurement out{.value = value};
    if (relative_error_) {
      out.interval = Interval{value * (1 - *relative_error_), value * (1 + *relative_error_)};
    }
    return out;
  }

  LayerCost cost_;
  std::string unit_;
  std::optional<double> relative_error_;
};

}  // namespace

std::optional<double> CostTerm::look_up(const std::vector<double>& point) const {
  if (factors.size() > 1) {
    for (const auto& [entry, value] : table) {
      if (std::ranges::equal(entry, point)) return value;
    }
    return std::nullopt;
  }
  auto above = table.begin();
  while (above != table.end() && static_cast<double>(above->first.front()) < point.front()) ++above;
  if (above == table.end()) return std::nullopt;
  const auto high = static_cast<double>(above->first.front());
  if (high == point.front()) return above->second;
  if (above == table.begin()) return std::nullopt;
  const auto& [below, low_value] = *std::prev(above);
  const auto low = static_cast<double>(below.front());
  return low_value + (above->second - low_value) * (point.front() - low) / (high - low);
}

double LayerCost::value(const Architecture& architecture) const {
  const space::Counts counts = architecture.family().counts(architecture);
  double total = constant + sum_of(per_model, architecture, counts, std::nullopt);
  const auto n_layer = static_cast<std::size_t>(architecture.n_layer());
  for (std::size_t layer = 0; layer < n_layer && !per_layer.empty(); ++layer) {
    total += sum_of(per_layer, architecture, counts, layer);
  }
  return total;
}

bool LayerCost::adds_over_layers(const space::Family& family) const {
  const auto adds = [&](bool in_layer) {
    return [&family, in_layer](const CostTerm& term) { return term_adds(term, family, in_layer); };
  };
  return std::ranges::all_of(per_model, adds(false)) && std::ranges::all_of(per_layer, adds(true));
}

std::shared_ptr<Evaluator> make_layer_cost(LayerCost cost, std::string unit,
                                           std::optional<double> relative_error) {
  return std::make_shared<LayerCostEvaluator>(std::move(cost), std::move(unit), relative_error);
}

}  // namespace lts::predictor

#include "predictor/layer_cost.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "predictor/proxies/closed_form.h"
#include "space/family.h"

namespace lts::predictor {
namespace {

using space::Architecture;

bool is_gene(const space::Family& family, const std::string& name) {
  return std::ranges::any_of(family.genes(), [&](const auto& spec) { return spec.name == name; });
}

bool is_count(const std::string& name) {
  return closed_form_value(name, space::Counts{}).has_value();
}

std::vector<std::string> accepted_factors(const space::Family& family) {
  std::vector<std::string> names = closed_form_names();
  for (const auto& spec : family.genes()) names.emplace_back(spec.name);
  names.emplace_back("non_embedding_params");
  return names;
}

/// "a*b" and "b * a" are one product.
void refuse_repeated(const std::vector<CostTerm>& terms, const CostTerm& term, const Place& place,
                     const std::string& what) {
  for (const CostTerm& other : terms) {
    if (!std::ranges::is_permutation(other.factors, term.factors)) continue;
    throw user_error(place, "'" + join(term.factors, "*") + "' stands twice in " + what);
  }
}

std::vector<CostTerm> read_terms(const YamlNode* node, const std::string& what,
                                 const space::Family& family) {
  std::vector<CostTerm> terms;
  if (!node) return terms;
  if (node->kind != YamlNode::Kind::kMap) {
    throw user_error(node->place, what +
                                      " must be a map of products to coefficients, such as "
                                      "{d_model*d_inner: 4}");
  }
  for (const auto& entry : node->entries) {
    CostTerm term{.factors = {}, .coefficient = as_double(entry.value, what + "." + entry.key)};
    for (const std::string& factor : split(entry.key, '*')) {
      const std::string name(trim(factor));
      if (!is_gene(family, name) && !is_count(name)) {
        throw user_error(entry.key_place, "unknown factor '" + name + "' in " + what +
                                              accepted_names(name, accepted_factors(family)));
      }
      term.factors.push_back(name);
    }
    refuse_repeated(terms, term, entry.key_place, what);
    terms.push_back(std::move(term));
  }
  return terms;
}

/// The value of a factor in one layer; per-layer genes in a per-model term have their sum.
double factor_value(const Architecture& architecture, const space::Counts& counts,
                    const std::string& name, std::optional<std::size_t> layer) {
  if (const auto count = closed_form_value(name, counts)) return *count;
  const auto values = architecture.gene(name);
  if (layer) return values[std::min(*layer, values.size() - 1)];
  double sum = 0;
  for (const std::int32_t value : values) sum += value;
  return sum;
}

double sum_of(const std::vector<CostTerm>& terms, const Architecture& architecture,
              const space::Counts& counts, std::optional<std::size_t> layer) {
  double sum = 0;
  for (const CostTerm& term : terms) {
    double product = term.coefficient;
    for (const std::string& name : term.factors) {
      product *= factor_value(architecture, counts, name, layer);
    }
    sum += product;
  }
  return sum;
}

class LayerCostEvaluator final : public Evaluator {
 public:
  LayerCostEvaluator(LayerCost cost, std::string unit)
      : cost_(std::move(cost)), unit_(std::move(unit)) {}
  Cost cost() const override { return Cost::kFree; }
  std::string unit() const override { return unit_; }
  Outcome evaluate(const Architecture& architecture) override {
    const double value = cost_.value(architecture);
    if (!std::isfinite(value)) return Failure{"candidate", "the layer_cost is not finite"};
    return Measurement{.value = value};
  }

 private:
  LayerCost cost_;
  std::string unit_;
};

nlohmann::ordered_json terms_json(const std::vector<CostTerm>& terms) {
  auto out = nlohmann::ordered_json::object();
  for (const CostTerm& term : terms) out[join(term.factors, "*")] = term.coefficient;
  return out;
}

}  // namespace

double LayerCost::value(const Architecture& architecture) const {
  const space::Counts counts = architecture.family().counts(architecture);
  double total = constant + sum_of(per_model, architecture, counts, std::nullopt);
  const auto n_layer = static_cast<std::size_t>(architecture.n_layer());
  for (std::size_t layer = 0; layer < n_layer && !per_layer.empty(); ++layer) {
    total += sum_of(per_layer, architecture, counts, layer);
  }
  return total;
}

LayerCost read_layer_cost(MapReader& reader, const space::Family& family) {
  LayerCost cost;
  cost.per_layer = read_terms(reader.child("per_layer"), reader.path_of("per_layer"), family);
  cost.per_model = read_terms(reader.child("per_model"), reader.path_of("per_model"), family);
  cost.constant = reader.number("constant", 0.0);
  if (cost.per_layer.empty() && cost.per_model.empty()) {
    throw user_error(reader.place(), "a layer_cost needs per_layer or per_model terms");
  }
  return cost;
}

nlohmann::ordered_json layer_cost_json(const LayerCost& cost) {
  return {{"per_layer", terms_json(cost.per_layer)},
          {"per_model", terms_json(cost.per_model)},
          {"constant", cost.constant}};
}

std::shared_ptr<Evaluator> make_layer_cost(LayerCost cost, std::string unit) {
  return std::make_shared<LayerCostEvaluator>(std::move(cost), std::move(unit));
}

}  // namespace lts::predictor

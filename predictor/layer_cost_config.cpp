#include <algorithm>

#include "core/text.h"
#include "predictor/layer_cost.h"
#include "predictor/proxies/closed_form.h"
#include "space/family.h"

namespace lts::predictor {
namespace {

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

/// "128" of a table over one factor, "128*4" over two.
std::vector<std::int64_t> read_point(const YamlNode::Entry& entry, const CostTerm& term,
                                     const std::string& what) {
  std::vector<std::int64_t> point;
  for (const std::string& part : split(entry.key, '*')) {
    std::int64_t value = 0;
    if (parse_int(trim(part), value)) point.push_back(value);
  }
  const std::size_t parts = split(entry.key, '*').size();
  if (point.size() == parts && parts == term.factors.size()) return point;
  throw user_error(entry.key_place,
                   "'" + entry.key + "' is no entry of the table " + what +
                       "; accepted: a value of " + join(term.factors, "*") +
                       (term.factors.size() == 1 ? ", such as 128" : ", such as 128*4"));
}

void read_table(const YamlNode& node, const std::string& what, CostTerm& term) {
  for (const auto& entry : node.entries) {
    const double value = as_double(entry.value, what + "." + entry.key);
    if (!term.table.emplace(read_point(entry, term, what), value).second) {
      throw user_error(entry.key_place, "'" + entry.key + "' stands twice in the table " + what);
    }
  }
  if (term.table.empty()) {
    throw user_error(node.place, "the table " + what + " is empty; accepted: entries such as " +
                                     "{128: 1.5, 256: 2.5}");
  }
}

CostTerm read_term(const YamlNode::Entry& entry, const std::string& what,
                   const space::Family& family) {
  CostTerm term{.factors = {}};
  for (const std::string& factor : split(entry.key, '*')) {
    const std::string name(trim(factor));
    if (!space::find_gene(family, name) && !find_closed_form(name)) {
      throw user_error(entry.key_place, "unknown factor '" + name + "' in " + what +
                                            accepted_names(name, accepted_factors(family)));
    }
    term.factors.push_back(name);
  }
  if (entry.value.kind == YamlNode::Kind::kMap) {
    read_table(entry.value, what + "." + entry.key, term);
  } else {
    term.coefficient = as_double(entry.value, what + "." + entry.key);
  }
  return term;
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
    CostTerm term = read_term(entry, what, family);
    refuse_repeated(terms, term, entry.key_place, what);
    terms.push_back(std::move(term));
  }
  return terms;
}

nlohmann::ordered_json term_json(const CostTerm& term) {
  if (term.table.empty()) return term.coefficient;
  nlohmann::ordered_json out;
  for (const auto& [point, value] : term.table) {
    std::vector<std::string> names;
    for (const std::int64_t entry : point) names.push_back(std::to_string(entry));
    out[join(names, "*")] = value;
  }
  return out;
}

nlohmann::ordered_json terms_json(const std::vector<CostTerm>& terms) {
  auto out = nlohmann::ordered_json::object();
  for (const CostTerm& term : terms) out[join(term.factors, "*")] = term_json(term);
  return out;
}

}  // namespace

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

}  // namespace lts::predictor

#include "predictor/latency_model/model_forms.h"

#include <algorithm>
#include <array>
#include <utility>

#include "predictor/proxies/closed_form.h"
#include "space/family.h"

namespace lts::predictor {
namespace {

using Scope = ModelTerm::Scope;

/// Strong enough to settle what the rows leave open, too weak to be seen where they do not.
constexpr double kWeak = 1e-5;
/// A width that departs from the products by some 3 % of the cost, measured to 2 %.
constexpr double kDesignTables = 0.5;
/// An entry of a table must be worth ten rows.
constexpr double kTables = 10;
constexpr std::size_t kMaxKnots = 16;
/// Tokens beyond which the products of a layer are bound by arithmetic, not by reading weights.
constexpr std::int64_t kTokensPerRead = 16;

bool known(const ModelTerm& term, const space::Family& family) {
  return std::ranges::all_of(term.factors, [&](const std::string& name) {
    return find_closed_form(name) || space::find_gene(family, name);
  });
}

/// Whether a searched gene is none of those whose products say what a pass does. What such genes
/// cost, the family's counts know.
bool has_own_genes(const space::Family& family) {
  constexpr std::array<std::string_view, 4> kKnown = {"n_layer", "d_model", "d_inner", "n_head"};
  return std::ranges::any_of(family.default_ranges(), [&](const space::DefaultRange& range) {
    return std::ranges::find(kKnown, range.gene) == kKnown.end();
  });
}

/// The projections of attention and the feed-forward block.
std::vector<ModelTerm> matrix_products(const space::Family& family) {
  if (has_own_genes(family)) {
    return {{.scope = Scope::kModel, .factors = {"attention_params"}},
            {.scope = Scope::kModel, .factors = {"ffn_params"}},
            {.scope = Scope::kModel, .factors = {"kv_cache_bytes_per_token"}}};
  }
  return {{.scope = Scope::kLayer, .factors = {"d_model", "d_model"}},
          {.scope = Scope::kLayer, .factors = {"d_model", "d_inner"}}};
}

/// What a forward pass does beside these: in a layer the passes over its rows, attention itself; in
/// the model the head, the calls, and what is constant: it may come off, for weights that stay in a
/// cache are not read again.
std::vector<ModelTerm> other_products() {
  return {{.scope = Scope::kLayer, .factors = {"d_model"}},
          {.scope = Scope::kLayer, .factors = {"d_inner"}},
          {.scope = Scope::kLayer, .factors = {"n_head"}},
          {.scope = Scope::kModel, .factors = {"n_layer"}},
          {.scope = Scope::kModel, .factors = {"d_model", "vocab_size"}},
          {.scope = Scope::kModel, .factors = {}, .nonnegative = false}};
}

std::vector<ModelTerm> latency_products(const space::Family& family) {
  std::vector<ModelTerm> products = matrix_products(family);
  for (ModelTerm& term : other_products()) products.push_back(std::move(term));
  return products;
}

/// Weights, the cache of each layer, the activations of the widest block.
std::vector<ModelTerm> memory_products(const space::Family& family) {
  const ModelTerm cache =
      has_own_genes(family)
          ? ModelTerm{.scope = Scope::kModel, .factors = {"kv_cache_bytes_per_token"}}
          : ModelTerm{.scope = Scope::kLayer, .factors = {"d_model"}};
  return {{.scope = Scope::kModel, .factors = {"decoder_params"}},
          {.scope = Scope::kModel, .factors = {"embedding_params"}},
          cache,
          {.scope = Scope::kModel, .factors = {"d_inner"}, .nonnegative = false},
          {.scope = Scope::kModel, .factors = {"n_head"}, .nonnegative = false},
          {.scope = Scope::kModel, .factors = {"n_layer"}, .nonnegative = false},
          {.scope = Scope::kModel, .factors = {}, .nonnegative = false}};
}

/// Entries at the gene's choices, or at some of them, both ends among them, where there are many.
std::vector<std::int64_t> knots_of(const space::GeneRange& range) {
  std::vector<std::int64_t> choices(range.choices.begin(), range.choices.end());
  std::ranges::sort(choices);
  if (choices.size() <= kMaxKnots) return choices;
  std::vector<std::int64_t> knots;
  for (std::size_t k = 0; k < kMaxKnots; ++k) {
    knots.push_back(choices[k * (choices.size() - 1) / (kMaxKnots - 1)]);
  }
  return knots;
}

void add_table(std::vector<ModelTerm>& terms, Scope scope, std::string_view gene,
               const space::SearchSpace& space) {
  const auto range = std::ranges::find(space.ranges(), gene, &space::GeneRange::gene);
  if (range == space.ranges().end() || range->choices.size() < 3) return;
  if (scope == Scope::kModel && is_per_layer(space.family(), gene)) return;
  const std::vector<std::int64_t> knots = knots_of(*range);
  for (std::size_t k = 0; k < knots.size(); ++k) {
    terms.push_back({.scope = scope,
                     .factors = {std::string(gene)},
                     .knots = knots,
                     .knot = k,
                     .nonnegative = false});
  }
}

ModelForm form(std::string name, std::vector<ModelTerm> terms, double table_strength,
               const space::Family& family) {
  std::erase_if(terms, [&](const ModelTerm& term) { return !known(term, family); });
  ModelForm out{.name = std::move(name), .terms = std::move(terms), .strength = {}};
  out.strength.resize(static_cast<Eigen::Index>(out.terms.size()));
  for (std::size_t t = 0; t < out.terms.size(); ++t) {
    out.strength[static_cast<Eigen::Index>(t)] = out.terms[t].is_table() ? table_strength : kWeak;
  }
  return out;
}

/// What comes on top of the products, or comes off.
ModelTerm more_of(std::vector<std::string> factors) {
  return {.scope = Scope::kModel, .factors = std::move(factors), .nonnegative = false};
}

std::vector<ModelForm> latency_forms(const space::SearchSpace& space) {
  const std::vector<ModelTerm> products = latency_products(space.family());
  const auto with = [&](const std::string& name, std::vector<ModelTerm> more) {
    more.insert(more.begin(), products.begin(), products.end());
    return form("products" + name, std::move(more), 1, space.family());
  };
  // Weights that leave a cache cost more: the head's grow with d_model, the layers' with all else.
  const ModelTerm head = more_of({"d_model", "d_model"});
  const ModelTerm layers = more_of({"decoder_params", "decoder_params"});
  const ModelTerm both = more_of({"d_model", "decoder_params"});
  std::vector<ModelForm> forms = {with("", {}), with(", larger heads", {head}),
                                  with(", larger heads and models", {head, both}),
                                  with(", larger heads, larger models", {head, layers})};
  std::vector<ModelTerm> table = products;
  for (ModelTerm& term : table) {
    if (!term.factors.empty() && term.factors.back() == "vocab_size")
      term.factors = {"d_model"};  // the table takes it in
  }
  add_table(table, Scope::kModel, "d_model", space);
  forms.push_back(form("products, table of heads", table, kTables, space.family()));
  std::vector<ModelTerm> widths = products;
  widths.push_back(head);
  add_table(widths, Scope::kLayer, "d_model", space);
  add_table(widths, Scope::kLayer, "d_inner", space);
  forms.push_back(form("products, tables of widths", widths, kTables, space.family()));
  return forms;
}

std::vector<ModelForm> memory_forms(const space::SearchSpace& space) {
  const std::vector<ModelTerm> products = memory_products(space.family());
  std::vector<ModelForm> forms = {form("products", products, 1, space.family())};
  std::vector<ModelTerm> table = products;
  add_table(table, Scope::kModel, "d_inner", space);
  if (table.size() == products.size()) return forms;
  forms.push_back(form("products, table of widths", table, kTables, space.family()));
  return forms;
}

}  // namespace

std::vector<ModelForm> model_forms(std::string_view metric, const space::SearchSpace& space) {
  return metric.starts_with("memory.") ? memory_forms(space) : latency_forms(space);
}

ModelForm design_form(const space::SearchSpace& space) {
  std::vector<ModelTerm> terms = latency_products(space.family());
  add_table(terms, Scope::kLayer, "d_model", space);
  add_table(terms, Scope::kLayer, "d_inner", space);
  return form("design", std::move(terms), kDesignTables, space.family());
}

double nominal_cost(const space::Architecture& architecture, std::int64_t tokens) {
  const space::Counts counts = architecture.family().counts(architecture);
  const auto reads = static_cast<double>(std::clamp<std::int64_t>(tokens, 1, kTokensPerRead));
  return reads * static_cast<double>(counts.decoder_params()) +
         static_cast<double>(counts.embedding_params);
}

}  // namespace lts::predictor

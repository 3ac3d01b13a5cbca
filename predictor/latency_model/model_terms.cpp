#include "predictor/latency_model/model_terms.h"

#include <algorithm>
#include <cmath>

namespace lts::predictor {
namespace {

using Scope = ModelTerm::Scope;

/// How much of the entry `knot` a value between entries takes: 1 at the entry, 0 at the next.
CostTerm hat(const ModelTerm& term) {
  CostTerm out{.factors = term.factors};
  for (std::size_t k = 0; k < term.knots.size(); ++k) {
    out.table[{term.knots[k]}] = k == term.knot ? 1.0 : 0.0;
  }
  return out;
}

LayerCost unit_cost(const ModelTerm& term) {
  LayerCost cost;
  if (term.factors.empty()) {
    cost.constant = 1;
    return cost;
  }
  auto& list = term.scope == Scope::kLayer ? cost.per_layer : cost.per_model;
  list.push_back(term.is_table() ? hat(term) : CostTerm{.factors = term.factors, .coefficient = 1});
  return cost;
}

/// Whether a product of one factor only, which a table over that factor takes in.
bool belongs_to_table(const ModelTerm& product, const ModelTerm& entry) {
  return !product.is_table() && product.scope == entry.scope && !product.factors.empty() &&
         std::ranges::all_of(product.factors, [&](const auto& f) { return f == entry.factors[0]; });
}

class Folding {
 public:
  Folding(std::span<const ModelTerm> terms, const Eigen::VectorXd& coefficients)
      : terms_(terms), coefficients_(coefficients) {}

  LayerCost cost() const {
    LayerCost out;
    for (std::size_t t = 0; t < terms_.size(); ++t) {
      const ModelTerm& term = terms_[t];
      auto& list = term.scope == Scope::kLayer ? out.per_layer : out.per_model;
      if (term.factors.empty()) {
        out.constant += coefficient(t);
      } else if (term.is_table()) {
        if (term.knot == 0) list.push_back(folded_table(t));
      } else if (!taken_in(term) && coefficient(t) != 0) {
        list.push_back({.factors = term.factors, .coefficient = coefficient(t)});
      }
    }
    return out;
  }

 private:
  double coefficient(std::size_t t) const { return coefficients_[static_cast<Eigen::Index>(t)]; }

  bool taken_in(const ModelTerm& product) const {
    return std::ranges::any_of(terms_, [&](const ModelTerm& other) {
      return other.is_table() && belongs_to_table(product, other);
    });
  }

  /// The table whose first entry is the term `first`; its others follow.
  CostTerm folded_table(std::size_t first) const {
    CostTerm out{.factors = terms_[first].factors};
    for (std::size_t k = 0; k < terms_[first].knots.size(); ++k) {
      const std::int64_t value = terms_[first].knots[k];
      double sum = coefficient(first + k);
      for (std::size_t t = 0; t < terms_.size(); ++t) {
        if (!belongs_to_table(terms_[t], terms_[first])) continue;
        sum += coefficient(t) * std::pow(value, terms_[t].factors.size());
      }
      out.table[{value}] = sum;
    }
    return out;
  }

  std::span<const ModelTerm> terms_;
  const Eigen::VectorXd& coefficients_;
};

}  // namespace

Eigen::MatrixXd term_values(std::span<const ModelTerm> terms,
                            std::span<const space::Architecture> architectures) {
  Eigen::MatrixXd out(architectures.size(), terms.size());
  for (Eigen::Index t = 0; t < out.cols(); ++t) {
    const LayerCost cost = unit_cost(terms[static_cast<std::size_t>(t)]);
    for (Eigen::Index a = 0; a < out.rows(); ++a) {
      out(a, t) = cost.value(architectures[static_cast<std::size_t>(a)]);
    }
  }
  return out;
}

LayerCost cost_of(std::span<const ModelTerm> terms, const Eigen::VectorXd& coefficients) {
  return Folding(terms, coefficients).cost();
}

}  // namespace lts::predictor

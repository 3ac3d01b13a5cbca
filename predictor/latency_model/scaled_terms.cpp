#include "predictor/latency_model/scaled_terms.h"

#include <algorithm>
#include <array>

#include "core/statistics.h"

namespace lts::predictor {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

enum Kind : Index { kProducts, kRows, kWeights, kCalls, kKinds };

/// Precisions of the factors in units of a relative error of 2 %: within 3 %, 10 %, 30 % and
/// 100 % of the common one.
constexpr std::array kFirmnesses = {0.4, 0.04, 0.004, 0.0004};
/// A term departs from its kind's factor by a third of what the kind departs from the common one.
constexpr double kTermOverKind = 10;
/// Precision of the share of work that the other device does not know: 5 % of the cost.
constexpr double kUnknownShare = 0.16;
constexpr double kLeastShare = 1e-3;

Kind kind_of(const CostTerm& term, bool per_layer) {
  if (per_layer) return term.factors.size() > 1 || !term.table.empty() ? kProducts : kRows;
  if (term.factors.size() != 1) return kWeights;
  const std::string& factor = term.factors.front();
  if (factor == "attention_params" || factor == "ffn_params") return kProducts;
  if (factor == "kv_cache_bytes_per_token") return kRows;
  return factor == "n_layer" ? kCalls : kWeights;
}

void scale_terms(std::vector<CostTerm>& terms, double factor) {
  for (CostTerm& term : terms) {
    term.coefficient *= factor;
    for (auto& [point, value] : term.table) value *= factor;
  }
}

}  // namespace

ScaledTerms::ScaledTerms(const LayerCost& from) {
  add_terms(from, true);
  add_terms(from, false);
  add_calls(from);
}

void ScaledTerms::add_terms(const LayerCost& from, bool per_layer) {
  for (const CostTerm& term : per_layer ? from.per_layer : from.per_model) {
    Piece piece{.cost = {}, .kind = kind_of(term, per_layer)};
    (per_layer ? piece.cost.per_layer : piece.cost.per_model).push_back(term);
    pieces_.push_back(std::move(piece));
  }
}

/// A constant that comes off is weights that stay in a cache. Calls cost something everywhere, if
/// little: where `from` has no such term it gets a chance.
void ScaledTerms::add_calls(const LayerCost& from) {
  if (from.constant < 0) pieces_.push_back({.cost = {.constant = from.constant}, .kind = kWeights});
  const bool known = from.constant > 0;
  pieces_.push_back(
      {.cost = {.constant = known ? from.constant : 1}, .kind = kCalls, .known = known});
  const bool has_layers = std::ranges::any_of(
      from.per_model, [](const CostTerm& term) { return kind_of(term, false) == kCalls; });
  if (has_layers) return;
  pieces_.push_back({.cost = {.per_model = {{.factors = {"n_layer"}, .coefficient = 1}}},
                     .kind = kCalls,
                     .known = false});
}

MatrixXd ScaledTerms::values(std::span<const space::Architecture> architectures) const {
  MatrixXd out = MatrixXd::Zero(static_cast<Index>(architectures.size()),
                                kKinds + static_cast<Index>(pieces_.size()));
  for (Index a = 0; a < out.rows(); ++a) {
    for (std::size_t p = 0; p < pieces_.size(); ++p) {
      const double value = pieces_[p].cost.value(architectures[static_cast<std::size_t>(a)]);
      out(a, kKinds + static_cast<Index>(p)) = value;
      if (pieces_[p].known) out(a, pieces_[p].kind) += value;
    }
  }
  return out;
}

double ScaledTerms::common_factor(const MatrixXd& features, const VectorXd& target) const {
  const VectorXd before = features.leftCols(kKinds).rowwise().sum();
  const VectorXd ratio = target.cwiseQuotient(before);
  return median({ratio.data(), static_cast<std::size_t>(ratio.size())});
}

std::span<const double> ScaledTerms::firmnesses() { return kFirmnesses; }

VectorXd ScaledTerms::strength(const VectorXd& share, double firmness) const {
  VectorXd out(share.size());
  for (Index k = 0; k < share.size(); ++k) {
    const bool kind = k < kKinds;
    const bool known = kind || pieces_[static_cast<std::size_t>(k - kKinds)].known;
    const double size = std::max(share[k], kLeastShare);
    out[k] = known ? firmness * (kind ? 1 : kTermOverKind) / (size * size) : kUnknownShare;
  }
  return out;
}

RegressionProblem ScaledTerms::problem(const MatrixXd& features, const VectorXd& target,
                                       double common, double firmness) const {
  const MatrixXd relative = target.cwiseInverse().asDiagonal() * features;
  const VectorXd size = (relative.colwise().squaredNorm() / static_cast<double>(target.size()))
                            .cwiseSqrt()
                            .transpose();
  RegressionProblem out{.features = features, .target = target};
  out.prior = VectorXd::Zero(features.cols());
  out.prior.head(kKinds).setConstant(common);
  out.strength = strength(common * size, firmness);
  for (Index k = 0; k < features.cols(); ++k) {
    const bool known = k < kKinds || pieces_[static_cast<std::size_t>(k - kKinds)].known;
    out.nonnegative.push_back(k < kKinds || !known);
  }
  return out;
}

LayerCost ScaledTerms::cost(const VectorXd& coefficients) const {
  LayerCost out;
  for (std::size_t p = 0; p < pieces_.size(); ++p) {
    const Piece& piece = pieces_[p];
    const double own = coefficients[kKinds + static_cast<Index>(p)];
    const double factor = own + (piece.known ? coefficients[piece.kind] : 0);
    LayerCost scaled = piece.cost;
    scale_terms(scaled.per_layer, factor);
    scale_terms(scaled.per_model, factor);
    if (factor == 0) continue;
    out.per_layer.insert(out.per_layer.end(), scaled.per_layer.begin(), scaled.per_layer.end());
    out.per_model.insert(out.per_model.end(), scaled.per_model.begin(), scaled.per_model.end());
    out.constant += scaled.constant * factor;
  }
  return out;
}

}  // namespace lts::predictor

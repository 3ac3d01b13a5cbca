#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "predictor/latency_model/regression.h"
#include "predictor/layer_cost.h"

namespace lts::predictor {

/// Another device's or protocol's cost as terms to be scaled: a factor for each kind of work, and a
/// departure from it for each term. Matrix products may be four times as fast where the head, which
/// reads weights once, is twice as fast and a call as slow as before.
class ScaledTerms {
 public:
  explicit ScaledTerms(const LayerCost& from);

  /// Columns: the kinds of work, then the terms; the values that `from` gives them.
  Eigen::MatrixXd values(std::span<const space::Architecture> architectures) const;
  /// The factor that brings `from` nearest to the targets: the median of their ratio.
  double common_factor(const Eigen::MatrixXd& features, const Eigen::VectorXd& target) const;
  /// How firmly the factors are drawn to the common one, the firmest first; the rows choose.
  static std::span<const double> firmnesses();
  RegressionProblem problem(const Eigen::MatrixXd& features, const Eigen::VectorXd& target,
                            double common, double firmness) const;
  /// The prior's strength on each column, given the size of its share of the cost.
  Eigen::VectorXd strength(const Eigen::VectorXd& share, double firmness) const;
  /// The scaled cost.
  LayerCost cost(const Eigen::VectorXd& coefficients) const;

 private:
  struct Piece {
    LayerCost cost;  ///< one term
    Eigen::Index kind = 0;
    bool known = true;  ///< false: `from` has no such term
  };
  void add_terms(const LayerCost& from, bool per_layer);
  void add_calls(const LayerCost& from);

  std::vector<Piece> pieces_;
};

}  // namespace lts::predictor

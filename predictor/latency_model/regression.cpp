#include "predictor/latency_model/regression.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/statistics.h"
#include "predictor/latency_model/active_set.h"

namespace lts::predictor {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Beyond so many spreads a residual counts linearly; 1.345 keeps 95 % of the efficiency on normal
/// errors (Huber, Robust Statistics, 1981; Holland and Welsch, 1977).
constexpr double kHuber = 1.345;
constexpr int kReweightings = 20;
constexpr double kSettled = 1e-7;

/// The problem with rows divided by their targets and columns by their size, so that a coefficient
/// is about its term's share of the cost.
struct Scaled {
  MatrixXd rows;    // n x p
  VectorXd column;  // size of each
  VectorXd prior, strength;
  std::vector<bool> nonnegative;
};

Scaled scale(const RegressionProblem& problem) {
  Scaled out;
  out.rows = problem.target.cwiseInverse().asDiagonal() * problem.features;
  const auto n = static_cast<double>(out.rows.rows());
  out.column = (out.rows.colwise().squaredNorm() / n).cwiseSqrt().transpose();
  for (double& size : out.column) size = size > 0 ? size : 1;
  out.rows = out.rows * out.column.cwiseInverse().asDiagonal();
  out.prior = problem.prior.cwiseProduct(out.column);
  out.strength = problem.strength;
  out.nonnegative = problem.nonnegative;
  return out;
}

QuadraticMinimum solve_weighted(const Scaled& problem, const VectorXd& weights) {
  const MatrixXd weighted = weights.asDiagonal() * problem.rows;
  MatrixXd normal = problem.rows.transpose() * weighted;
  normal.diagonal() += problem.strength;
  const VectorXd right =
      weighted.colwise().sum().transpose() + problem.strength.cwiseProduct(problem.prior);
  return minimise_quadratic(normal, right, problem.nonnegative);
}

/// 1 for a residual within kHuber spreads, less beyond. The spread is the median absolute residual
/// over that of a normal distribution.
VectorXd huber_weights(const VectorXd& residuals) {
  const VectorXd sizes = residuals.cwiseAbs();
  const double spread = median({sizes.data(), static_cast<std::size_t>(sizes.size())}) / 0.6745;
  VectorXd weights = VectorXd::Ones(sizes.size());
  if (spread <= 0) return weights;
  for (Index i = 0; i < sizes.size(); ++i) {
    weights[i] = std::min(1.0, kHuber * spread / std::max(sizes[i], 1e-300));
  }
  return weights;
}

/// Weights and solution by iteration from `weights`; of the scaled problem.
struct Robust {
  VectorXd weights, solution;
  MatrixXd covariance;
};

Robust solve_robustly(const Scaled& scaled, VectorXd weights) {
  Robust out;
  for (int i = 0; i < kReweightings; ++i) {
    QuadraticMinimum minimum = solve_weighted(scaled, weights);
    const VectorXd before = std::exchange(out.solution, std::move(minimum.solution));
    out.covariance = std::move(minimum.covariance);
    out.weights = weights;
    if (i > 0 && (out.solution - before).norm() <= kSettled * before.norm()) break;
    weights = huber_weights(VectorXd::Ones(weights.size()) - scaled.rows * out.solution);
  }
  return out;
}

/// All rows of a matrix or vector but one.
MatrixXd all_but(const MatrixXd& rows, Index row) {
  MatrixXd out(rows.rows() - 1, rows.cols());
  out.topRows(row) = rows.topRows(row);
  out.bottomRows(out.rows() - row) = rows.bottomRows(out.rows() - row);
  return out;
}

}  // namespace

double Regression::leverage_of(const VectorXd& features) const {
  return features.dot(covariance * features);
}

Regression regress(const RegressionProblem& problem) {
  LTS_ASSERT(problem.target.size() > 0 && problem.target.minCoeff() > 0);
  const Scaled scaled = scale(problem);
  const Robust robust = solve_robustly(scaled, VectorXd::Ones(problem.target.size()));
  Regression out;
  out.weights = robust.weights;
  out.coefficients = robust.solution.cwiseQuotient(scaled.column);
  const auto unscale = scaled.column.cwiseInverse().asDiagonal();
  out.covariance = unscale * robust.covariance * unscale;
  const VectorXd hat = (scaled.rows * robust.covariance).cwiseProduct(scaled.rows).rowwise().sum();
  out.leverage = robust.weights.cwiseProduct(hat).cwiseMin(0.999).cwiseMax(0.0);
  return out;
}

VectorXd left_out_residuals(const RegressionProblem& problem, const Regression& whole) {
  const Index count = problem.target.size();
  LTS_ASSERT(count >= 2);
  const Scaled all = scale(problem);
  VectorXd out(count);
  for (Index row = 0; row < count; ++row) {
    Scaled without = all;
    without.rows = all_but(all.rows, row);
    const VectorXd solution = solve_robustly(without, all_but(whole.weights, row)).solution;
    const double over_target = all.rows.row(row).dot(solution);  // prediction / target
    out[row] = 1 / std::max(over_target, 1e-3) - 1;
  }
  return out;
}

}  // namespace lts::predictor

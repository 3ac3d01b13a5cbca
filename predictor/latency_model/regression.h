#pragma once

#include <Eigen/Core>
#include <vector>

namespace lts::predictor {

/// Least squares on the relative error, (features c - target) / target, robust against a few wrong
/// rows, drawn towards `prior` and, where asked, with coefficients that are not negative.
struct RegressionProblem {
  Eigen::MatrixXd features;       ///< a row a measurement, a column a term
  Eigen::VectorXd target;         ///< positive
  std::vector<bool> nonnegative;  ///< of each coefficient
  Eigen::VectorXd prior;          ///< where each coefficient is drawn to
  /// How strongly, in rows: a coefficient whose column would be wrong by the whole of every target
  /// counts as much as this many rows that are.
  Eigen::VectorXd strength;
};

struct Regression {
  Eigen::VectorXd coefficients;
  Eigen::VectorXd weights;     ///< Huber's, of each row: 1, or less for one that seems wrong
  Eigen::VectorXd leverage;    ///< of each row, 0 to 1
  Eigen::MatrixXd covariance;  ///< of the coefficients, in units of the relative error's variance

  /// How far a new row's prediction spreads for want of data, as leverage is for a row fitted on.
  double leverage_of(const Eigen::VectorXd& features) const;
};

/// Solves it: Huber's weights by iteration, an active set for the signs.
Regression regress(const RegressionProblem& problem);

/// target / prediction - 1 of each row, the prediction made by a fit without that row.
/// Precondition: two rows or more; `whole` is the fit with all.
Eigen::VectorXd left_out_residuals(const RegressionProblem& problem, const Regression& whole);

}  // namespace lts::predictor

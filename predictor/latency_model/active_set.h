#pragma once

#include <Eigen/Core>
#include <vector>

namespace lts::predictor {

/// A minimum of x' N x / 2 - r' x.
struct QuadraticMinimum {
  Eigen::VectorXd solution;
  /// Inverse of N over the entries that are not held at zero; zero elsewhere.
  Eigen::MatrixXd covariance;
};

/// Minimises it with some entries of x not negative, by an active set as Lawson and Hanson's NNLS
/// (Solving Least Squares Problems, 1974), from the other end: all entries are free at first, the
/// most negative one is held at zero until none is negative, then one that would rather be positive
/// is freed. Precondition: `normal` (N) is positive definite.
QuadraticMinimum minimise_quadratic(const Eigen::MatrixXd& normal, const Eigen::VectorXd& right,
                                    const std::vector<bool>& nonnegative);

}  // namespace lts::predictor

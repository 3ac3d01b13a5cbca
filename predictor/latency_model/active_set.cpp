#include "predictor/latency_model/active_set.h"

#include <Eigen/Cholesky>
#include <cmath>

namespace lts::predictor {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

class ActiveSet {
 public:
  ActiveSet(const MatrixXd& normal, const VectorXd& right, const std::vector<bool>& nonnegative)
      : normal_(normal),
        right_(right),
        nonnegative_(nonnegative),
        free_(nonnegative.size(), true) {}

  VectorXd solve() {
    VectorXd solution = solve_free();
    for (Index changes = 0; changes < 10 * right_.size() + 10; ++changes) {
      if (const Index worst = most_negative(solution); worst >= 0) {
        free_[static_cast<std::size_t>(worst)] = false;
      } else if (const Index wanted = most_wanted(solution); wanted >= 0) {
        free_[static_cast<std::size_t>(wanted)] = true;
      } else {
        return solution;
      }
      solution = solve_free();
    }
    return solution.cwiseMax(lower());
  }

  /// Inverse of the normal matrix, zero where a coefficient is held.
  MatrixXd covariance() const {
    const std::vector<Index> at = free_indices();
    const auto size = static_cast<Index>(at.size());
    const MatrixXd inverse = free_normal(at).ldlt().solve(MatrixXd::Identity(size, size));
    MatrixXd out = MatrixXd::Zero(normal_.rows(), normal_.cols());
    for (Index i = 0; i < size; ++i) {
      for (Index j = 0; j < size; ++j) out(at_of(at, i), at_of(at, j)) = inverse(i, j);
    }
    return out;
  }

 private:
  static Index at_of(const std::vector<Index>& at, Index i) {
    return at[static_cast<std::size_t>(i)];
  }

  std::vector<Index> free_indices() const {
    std::vector<Index> out;
    for (std::size_t i = 0; i < free_.size(); ++i) {
      if (free_[i]) out.push_back(static_cast<Index>(i));
    }
    return out;
  }

  MatrixXd free_normal(const std::vector<Index>& at) const {
    const auto size = static_cast<Index>(at.size());
    MatrixXd out(size, size);
    for (Index i = 0; i < size; ++i) {
      for (Index j = 0; j < size; ++j) out(i, j) = normal_(at_of(at, i), at_of(at, j));
    }
    return out;
  }

  VectorXd solve_free() const {
    const std::vector<Index> at = free_indices();
    VectorXd right(static_cast<Index>(at.size()));
    for (Index i = 0; i < right.size(); ++i) right[i] = right_[at_of(at, i)];
    const VectorXd solution = free_normal(at).ldlt().solve(right);
    VectorXd out = VectorXd::Zero(right_.size());
    for (Index i = 0; i < right.size(); ++i) out[at_of(at, i)] = solution[i];
    return out;
  }

  Index most_negative(const VectorXd& solution) const {
    Index worst = -1;
    for (Index i = 0; i < solution.size(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (!nonnegative_[at] || !free_[at] || solution[i] >= 0) continue;
      if (worst < 0 || solution[i] < solution[worst]) worst = i;
    }
    return worst;
  }

  Index most_wanted(const VectorXd& solution) const {
    const VectorXd gradient = right_ - normal_ * solution;
    Index wanted = -1;
    for (Index i = 0; i < solution.size(); ++i) {
      if (free_[static_cast<std::size_t>(i)] || gradient[i] <= 1e-9 * normal_(i, i)) continue;
      if (wanted < 0 || gradient[i] > gradient[wanted]) wanted = i;
    }
    return wanted;
  }

  VectorXd lower() const {
    VectorXd out(right_.size());
    for (Index i = 0; i < out.size(); ++i) {
      out[i] = nonnegative_[static_cast<std::size_t>(i)] ? 0.0 : -HUGE_VAL;
    }
    return out;
  }

  const MatrixXd& normal_;
  const VectorXd& right_;
  const std::vector<bool>& nonnegative_;
  std::vector<bool> free_;
};

}  // namespace

QuadraticMinimum minimise_quadratic(const MatrixXd& normal, const VectorXd& right,
                                    const std::vector<bool>& nonnegative) {
  ActiveSet active(normal, right, nonnegative);
  VectorXd solution = active.solve();
  return {std::move(solution), active.covariance()};
}

}  // namespace lts::predictor

#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <optional>
#include <vector>

namespace lts::predictor {

/// Chooses which rows of a pool to measure so that a linear model fitted on them predicts all rows
/// of the pool best: each choice lowers the mean variance of the predictions most (I-optimality,
/// greedy; Atkinson, Donev and Tobias, Optimum Experimental Designs, 2007, chapter 10). Only the
/// pool's rows and the prior count, never a measurement, so the same pool gives the same choice.
class Design {
 public:
  /// `pool`: a row a candidate, scaled so that its cost is about 1, in units of the error of one
  /// measurement. `strength`: the prior's precision of each coefficient in the same units,
  /// positive.
  Design(Eigen::MatrixXd pool, const Eigen::VectorXd& strength);

  /// Counts a row as measured without choosing it (an extreme of the space).
  void take(std::size_t row);
  /// The best row that is neither taken nor excluded, which is then taken; nothing when none is
  /// left.
  std::optional<std::size_t> next();
  /// Never chosen: held out, or it failed. A row already taken counts no more.
  void exclude(std::size_t row);

 private:
  void add(std::size_t row, double sign);

  Eigen::MatrixXd pool_, moments_, covariance_;
  enum class State { kOpen, kTaken, kExcluded };
  std::vector<State> states_;
};

}  // namespace lts::predictor

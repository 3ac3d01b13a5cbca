#include "predictor/latency_model/design.h"

#include "core/error.h"

namespace lts::predictor {

using Eigen::Index;
using Eigen::VectorXd;

Design::Design(Eigen::MatrixXd pool, const VectorXd& strength)
    : pool_(std::move(pool)),
      moments_(pool_.transpose() * pool_ / static_cast<double>(pool_.rows())),
      covariance_(strength.cwiseInverse().asDiagonal()),
      states_(static_cast<std::size_t>(pool_.rows()), State::kOpen) {
  LTS_ASSERT(strength.size() == pool_.cols() && strength.minCoeff() > 0);
}

/// Sherman and Morrison's formula for one row more, or less.
void Design::add(std::size_t row, double sign) {
  const VectorXd x = pool_.row(static_cast<Index>(row)).transpose();
  const VectorXd direction = covariance_ * x;
  covariance_ -= sign * direction * direction.transpose() / (1 + sign * x.dot(direction));
}

void Design::take(std::size_t row) {
  LTS_ASSERT(states_[row] == State::kOpen);
  add(row, 1);
  states_[row] = State::kTaken;
}

void Design::exclude(std::size_t row) {
  if (states_[row] == State::kTaken) add(row, -1);
  states_[row] = State::kExcluded;
}

std::optional<std::size_t> Design::next() {
  const Eigen::MatrixXd directions = pool_ * covariance_;
  const VectorXd gain = (directions * moments_).cwiseProduct(directions).rowwise().sum();
  const VectorXd spread = directions.cwiseProduct(pool_).rowwise().sum();
  std::optional<std::size_t> best;
  double best_gain = 0;
  for (std::size_t row = 0; row < states_.size(); ++row) {
    const auto i = static_cast<Index>(row);
    const double lowered = gain[i] / (1 + spread[i]);
    if (states_[row] != State::kOpen || (best && lowered <= best_gain * (1 + 1e-9))) continue;
    best = row;
    best_gain = lowered;
  }
  if (best) take(*best);
  return best;
}

}  // namespace lts::predictor

#include "predictor/latency_model/calibration.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace lts::predictor {

double conformal_quantile(std::span<const double> scores, double level) {
  LTS_ASSERT(!scores.empty());
  std::vector<double> sorted(scores.begin(), scores.end());
  std::ranges::sort(sorted);
  const auto n = static_cast<double>(sorted.size());
  const auto rank = static_cast<std::size_t>(std::ceil((n + 1) * level - 1e-9));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

std::map<double, double> conformal_quantiles(const Regression& fit, const Eigen::VectorXd& left_out,
                                             const std::vector<std::vector<double>>& readings,
                                             std::span<const double> levels,
                                             const Eigen::MatrixXd& members) {
  LTS_ASSERT(readings.size() == static_cast<std::size_t>(left_out.size()));
  std::vector<double> scores;
  for (Eigen::Index i = 0; i < left_out.size(); ++i) {
    const double row = left_out[i] * std::sqrt(1 - fit.leverage[i]);
    for (const double over_target : readings[static_cast<std::size_t>(i)]) {
      scores.push_back(std::abs((1 + row) * over_target - 1));
    }
  }
  double spread = 0;
  for (Eigen::Index m = 0; m < members.rows(); ++m) {
    spread += std::sqrt(1 + fit.leverage_of(members.row(m).transpose()));
  }
  spread = members.rows() > 0 ? spread / static_cast<double>(members.rows()) : 1;
  std::map<double, double> out;
  for (const double level : levels) out[level] = conformal_quantile(scores, level) * spread;
  return out;
}

}  // namespace lts::predictor

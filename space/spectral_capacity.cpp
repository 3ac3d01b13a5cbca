#include "space/spectral_capacity.h"

#include <algorithm>
#include <cmath>

namespace lts::space {
namespace {

constexpr double kDeviation = 0.02;  // of the weights at initialisation

/// Integral of log(1 + scale * x) over the Marchenko-Pastur law of ratio `ratio` <= 1 (its Shannon
/// transform: Tulino and Verdu, Random Matrix Theory and Wireless Communications, 2004, ex. 2.12).
double mean_log(double scale, double ratio) {
  const double root = std::sqrt(ratio);
  const double outer = std::sqrt(scale * (1 + root) * (1 + root) + 1),
               inner = std::sqrt(scale * (1 - root) * (1 - root) + 1);
  const double f = (outer - inner) * (outer - inner);
  return std::log(1 + scale - f / 4) + std::log(1 + scale * ratio - f / 4) / ratio -
         f / (4 * scale * ratio);
}

}  // namespace

double matrix_spectral_capacity(std::int64_t rows, std::int64_t columns) {
  const auto m = static_cast<double>(std::max(rows, columns)),
             n = static_cast<double>(std::min(rows, columns));
  return n * mean_log(kDeviation * kDeviation * m, n / m);
}

double layer_spectral_capacity(std::int64_t d_model, std::int64_t d_inner, std::int64_t n_head) {
  return 3 * static_cast<double>(n_head) * matrix_spectral_capacity(d_model, d_model / n_head) +
         matrix_spectral_capacity(d_model, d_model) +
         2 * matrix_spectral_capacity(d_inner, d_model);
}

}  // namespace lts::space

#include "space/spectral_capacity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace lts::space {
namespace {

/// The definition by Gauss-Chebyshev quadrature of the second kind, exact for smooth functions.
double psi_by_quadrature(double m, double n) {
  constexpr int kNodes = 400;
  const double ratio = n / m, low = std::pow(1 - std::sqrt(ratio), 2),
               high = std::pow(1 + std::sqrt(ratio), 2), half = (high - low) / 2;
  double sum = 0;
  for (int k = 1; k <= kNodes; ++k) {
    const double angle = std::numbers::pi * k / (kNodes + 1);
    const double x = (low + high) / 2 + half * std::cos(angle);
    sum += std::pow(std::sin(angle), 2) * std::log(1 + 0.02 * 0.02 * m * x) / x;
  }
  return n * sum * half * half * std::numbers::pi / (kNodes + 1) / (2 * std::numbers::pi * ratio);
}

TEST(SpectralCapacity, IsTheIntegralOverTheMarchenkoPasturLaw) {
  for (const auto& [d_model, d_inner, n_head] :
       {std::array{128, 512, 2}, {512, 1999, 8}, {960, 128, 4}, {64, 64, 2}}) {
    const double d = d_model;
    const double expected =
        3 * n_head * psi_by_quadrature(d, d / n_head) + psi_by_quadrature(d, d) +
        2 * psi_by_quadrature(std::max(d_model, d_inner), std::min(d_model, d_inner));
    // At ratio 1 the density is not smooth at 0, so the quadrature is good to four digits only.
    EXPECT_NEAR(layer_spectral_capacity(d_model, d_inner, n_head) / expected, 1, 1e-4)
        << d_model << " " << d_inner << " " << n_head;
  }
}

TEST(SpectralCapacity, GrowsWithTheFeedForwardWidth) {
  double before = 0;
  for (int d_inner = 64; d_inner <= 2048; d_inner += 64) {
    const double now = layer_spectral_capacity(256, d_inner, 4);
    EXPECT_GT(now, before);
    before = now;
  }
}

}  // namespace
}  // namespace lts::space

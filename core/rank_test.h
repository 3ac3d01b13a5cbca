#pragma once

#include <span>
#include <vector>

namespace lts {

/// What a rank test of two independent samples found.
struct RankTest {
  double u = 0;        ///< pairs in which the first is greater, ties counting a half
  double p_value = 1;  ///< two-sided
  bool exact = true;   ///< else by the normal approximation
};

/// Mann and Whitney's U test (1947): whether one of two samples tends to be greater. Up to 60
/// values in all `p_value` is exact, twice the smaller tail of U over all ways to share the values
/// out, with ties as they are; beyond, normal with correction for ties and continuity.
/// Precondition: neither is empty.
RankTest mann_whitney(std::span<const double> first, std::span<const double> second);

/// Holm's adjustment (1979) of several tests' p-values, in their order: those below a level are
/// significant at that level for all tests together.
std::vector<double> holm(std::span<const double> p_values);

}  // namespace lts

#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lts {

/// Statistics of non-empty samples: an empty one is a programmer's error.
double mean(std::span<const double> values);
double median(std::span<const double> values);
/// Quantile `q` in [0, 1] by linear interpolation between order statistics (numpy's default).
double quantile(std::span<const double> values, double q);

struct Interval {
  double low = 0, high = 0;
  double half_width() const { return (high - low) / 2; }
};

/// 95 % percentile bootstrap interval of the median, `resamples` resamples from a fixed seed, so
/// the same samples give the same interval. One sample gives an interval of no width.
Interval bootstrap_median_interval(std::span<const double> values, int resamples = 400,
                                   std::uint64_t seed = 1);

/// Ranks from 1, ties sharing their mean rank.
std::vector<double> ranks(std::span<const double> values);
/// Rank correlations; ties by mean rank (Spearman) and tau-b (Kendall, O(n^2)). NaN where a side is
/// constant: no order, no correlation. Precondition: equal sizes, at least 2.
double spearman(std::span<const double> a, std::span<const double> b);
double kendall(std::span<const double> a, std::span<const double> b);

}  // namespace lts

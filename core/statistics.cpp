#include "core/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"
#include "core/random.h"

namespace lts {

double mean(std::span<const double> values) {
  LTS_ASSERT(!values.empty());
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double median(std::span<const double> values) { return quantile(values, 0.5); }

double quantile(std::span<const double> values, double q) {
  LTS_ASSERT(!values.empty() && q >= 0 && q <= 1);
  std::vector<double> sorted(values.begin(), values.end());
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  std::nth_element(sorted.begin(), sorted.begin() + below, sorted.end());
  const double low = sorted[below];
  const double weight = position - static_cast<double>(below);
  if (weight == 0) return low;
  const double high = *std::min_element(sorted.begin() + below + 1, sorted.end());
  return low + weight * (high - low);
}

Interval bootstrap_median_interval(std::span<const double> values, int resamples,
                                   std::uint64_t seed) {
  LTS_ASSERT(!values.empty() && resamples > 0);
  Rng rng(seed);
  std::vector<double> medians;
  std::vector<double> resample(values.size());
  for (int i = 0; i < resamples; ++i) {
    for (double& value : resample) value = rng.choice(values);
    medians.push_back(median(resample));
  }
  return {quantile(medians, 0.025), quantile(medians, 0.975)};
}

std::vector<double> ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
  std::vector<double> out(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double shared = static_cast<double>(begin + end + 1) / 2;
    for (std::size_t i = begin; i < end; ++i) out[order[i]] = shared;
  }
  return out;
}

namespace {

double pearson(std::span<const double> a, std::span<const double> b) {
  const double mean_a = mean(a), mean_b = mean(b);
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return ab / std::sqrt(aa * bb);
}

int sign(double value) { return (value > 0) - (value < 0); }

}  // namespace

double spearman(std::span<const double> a, std::span<const double> b) {
  LTS_ASSERT(a.size() == b.size() && a.size() >= 2);
  return pearson(ranks(a), ranks(b));
}

double kendall(std::span<const double> a, std::span<const double> b) {
  LTS_ASSERT(a.size() == b.size() && a.size() >= 2);
  double score = 0, untied_a = 0, untied_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = i + 1; j < a.size(); ++j) {
      const int sign_a = sign(a[i] - a[j]), sign_b = sign(b[i] - b[j]);
      score += sign_a * sign_b;
      untied_a += sign_a != 0;
      untied_b += sign_b != 0;
    }
  }
  return score / std::sqrt(untied_a * untied_b);
}

}  // namespace lts

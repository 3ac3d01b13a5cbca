#include "core/rank_test.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/statistics.h"

namespace lts {
namespace {

constexpr std::size_t kMostExact = 60;

/// In how many ways `count` of the values have each sum of ranks; ranks are doubled so that those
/// shared by ties are whole.
std::vector<double> ways_by_sum(const std::vector<std::size_t>& doubled_ranks, std::size_t count) {
  const std::size_t total =
      std::accumulate(doubled_ranks.begin(), doubled_ranks.end(), std::size_t{0});
  std::vector<std::vector<double>> ways(count + 1, std::vector<double>(total + 1, 0));
  ways[0][0] = 1;
  for (const std::size_t rank : doubled_ranks) {
    for (std::size_t taken = count; taken > 0; --taken) {
      for (std::size_t sum = total; sum >= rank; --sum)
        ways[taken][sum] += ways[taken - 1][sum - rank];
    }
  }
  return ways[count];
}

double exact_p_value(const std::vector<double>& both_ranks, std::size_t first_size) {
  std::vector<std::size_t> doubled;
  for (const double rank : both_ranks)
    doubled.push_back(static_cast<std::size_t>(std::lround(2 * rank)));
  const auto end_of_first = doubled.begin() + static_cast<std::ptrdiff_t>(first_size);
  const std::size_t seen = std::accumulate(doubled.begin(), end_of_first, std::size_t{0});
  const std::vector<double> ways = ways_by_sum(doubled, first_size);
  double below = 0, above = 0, all = 0;
  for (std::size_t sum = 0; sum < ways.size(); ++sum) {
    all += ways[sum];
    if (sum <= seen) below += ways[sum];
    if (sum >= seen) above += ways[sum];
  }
  return std::min(1.0, 2 * std::min(below, above) / all);
}

/// Sum of t^3 - t over the groups of tied values.
double tie_term(std::vector<double> both_ranks) {
  std::ranges::sort(both_ranks);
  double sum = 0;
  for (std::size_t begin = 0, end = 0; begin < both_ranks.size(); begin = end) {
    while (end < both_ranks.size() && both_ranks[end] == both_ranks[begin]) ++end;
    const auto tied = static_cast<double>(end - begin);
    sum += tied * tied * tied - tied;
  }
  return sum;
}

double normal_p_value(double u, double n1, double n2, const std::vector<double>& both_ranks) {
  const double n = n1 + n2;
  const double variance = n1 * n2 / 12 * (n + 1 - tie_term(both_ranks) / (n * (n - 1)));
  if (variance <= 0) return 1;
  const double z = (std::abs(u - n1 * n2 / 2) - 0.5) / std::sqrt(variance);
  return std::min(1.0, std::erfc(z / std::sqrt(2.0)));
}

}  // namespace

RankTest mann_whitney(std::span<const double> first, std::span<const double> second) {
  LTS_ASSERT(!first.empty() && !second.empty());
  std::vector<double> both(first.begin(), first.end());
  both.insert(both.end(), second.begin(), second.end());
  const std::vector<double> both_ranks = ranks(both);
  const auto n1 = static_cast<double>(first.size()), n2 = static_cast<double>(second.size());
  const auto end_of_first = both_ranks.begin() + static_cast<std::ptrdiff_t>(first.size());
  RankTest out;
  out.u = std::accumulate(both_ranks.begin(), end_of_first, 0.0) - n1 * (n1 + 1) / 2;
  out.exact = both.size() <= kMostExact;
  out.p_value = out.exact ? exact_p_value(both_ranks, first.size())
                          : normal_p_value(out.u, n1, n2, both_ranks);
  return out;
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return p_values[i]; });
  std::vector<double> out(p_values.size());
  double largest = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto left = static_cast<double>(order.size() - i);
    largest = std::max(largest, std::min(1.0, left * p_values[order[i]]));
    out[order[i]] = largest;
  }
  return out;
}

}  // namespace lts

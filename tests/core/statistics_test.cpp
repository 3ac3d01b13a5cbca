#include "core/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

namespace lts {
namespace {

using ::testing::ElementsAre;
using Values = std::vector<double>;

TEST(Statistics, MeanAndMedianByHand) {
  EXPECT_EQ(mean(Values{1, 2, 6}), 3);
  EXPECT_EQ(median(Values{9, 1, 5}), 5);
  EXPECT_EQ(median(Values{9, 1, 5, 2}), 3.5);
  EXPECT_EQ(median(Values{4}), 4);
}

// numpy.quantile's default: position q (n - 1), linear between neighbours.
TEST(Quantile, InterpolatesAsNumpyDoes) {
  const Values values = {15, 20, 35, 40, 50};
  EXPECT_DOUBLE_EQ(quantile(values, 0.4), 29);  // 20 + 0.6 * 15
  EXPECT_DOUBLE_EQ(quantile(values, 0.9), 46);  // 40 + 0.6 * 10
  EXPECT_EQ(quantile(values, 0), 15);
  EXPECT_EQ(quantile(values, 1), 50);
}

TEST(Ranks, TiesShareTheirMeanRank) {
  EXPECT_THAT(ranks(Values{10, 30, 20, 30, 10, 30}), ElementsAre(1.5, 5, 3, 5, 1.5, 5));
  EXPECT_TRUE(ranks(Values{}).empty());
}

// The examples of SciPy's documentation of scipy.stats.spearmanr and kendalltau.
TEST(RankCorrelation, EqualsSciPysDocumentedExamples) {
  EXPECT_NEAR(spearman(Values{1, 2, 3, 4, 5}, Values{5, 6, 7, 8, 7}), 0.8207826816681233, 1e-15);
  EXPECT_NEAR(kendall(Values{12, 2, 1, 12, 2}, Values{1, 4, 7, 1, 0}), -0.4714045207910316, 1e-15);
}

TEST(RankCorrelation, IsExactForTotalAgreement) {
  const Values up = {1, 2, 3, 4}, down = {9, 7, 3, 1};
  EXPECT_DOUBLE_EQ(spearman(up, up), 1);
  EXPECT_DOUBLE_EQ(spearman(up, down), -1);
  EXPECT_DOUBLE_EQ(kendall(up, up), 1);
  EXPECT_DOUBLE_EQ(kendall(up, down), -1);
}

TEST(RankCorrelation, IsNoNumberWhereASideIsConstant) {
  EXPECT_TRUE(std::isnan(spearman(Values{1, 1, 1}, Values{1, 2, 3})));
  EXPECT_TRUE(std::isnan(kendall(Values{1, 2, 3}, Values{4, 4, 4})));
}

TEST(BootstrapMedianInterval, OneSampleHasNoWidth) {
  const Interval interval = bootstrap_median_interval(Values{3});
  EXPECT_EQ(interval.low, 3);
  EXPECT_EQ(interval.high, 3);
  EXPECT_EQ(interval.half_width(), 0);
}

TEST(BootstrapMedianInterval, IsTheSameForTheSameSamples) {
  const Values values = {1, 5, 2, 8, 3, 9, 4};
  const Interval first = bootstrap_median_interval(values),
                 again = bootstrap_median_interval(values);
  EXPECT_EQ(first.low, again.low);
  EXPECT_EQ(first.high, again.high);
}

// Of 0..100, the resampled median is at most k with probability
// P(Binomial(101, (k + 1) / 101) >= 51): 0.0171 at k = 39, 0.0279 at k = 40, and by symmetry. So
// the exact interval is [40, 60]; a thousand resamples may miss it by one or two.
TEST(BootstrapMedianInterval, NearsTheExactDistributionOfTheMedian) {
  Values values(101);
  std::iota(values.begin(), values.end(), 0.0);
  const Interval interval = bootstrap_median_interval(values, 1000);
  EXPECT_NEAR(interval.low, 40, 2);
  EXPECT_NEAR(interval.high, 60, 2);
}

}  // namespace
}  // namespace lts

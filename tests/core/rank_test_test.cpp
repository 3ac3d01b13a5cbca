#include "core/rank_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace lts {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using Values = std::vector<double>;

// Of the 6 ways to share out 1, 2, 3, 4 one gives U = 0 and one U = 4; of the 20 of six values
// likewise.
TEST(MannWhitney, ByHandWhereOneSampleIsAllBelow) {
  EXPECT_EQ(mann_whitney(Values{1, 2}, Values{3, 4}).u, 0);
  EXPECT_DOUBLE_EQ(mann_whitney(Values{1, 2}, Values{3, 4}).p_value, 2.0 / 6);
  EXPECT_DOUBLE_EQ(mann_whitney(Values{4, 5, 6}, Values{1, 2, 3}).p_value, 2.0 / 20);
  EXPECT_EQ(mann_whitney(Values{4, 5, 6}, Values{1, 2, 3}).u, 9);
}

TEST(MannWhitney, OfOneValueEachSaysNothing) {
  EXPECT_EQ(mann_whitney(Values{2}, Values{1}).p_value, 1);
  EXPECT_EQ(mann_whitney(Values{1}, Values{1}).u, 0.5);
}

// scipy.stats.mannwhitneyu (1.17.1); the first is its documentation's example, method="exact".
TEST(MannWhitney, EqualsSciPysExactMethod) {
  const RankTest documented = mann_whitney(Values{19, 22, 16, 29, 24}, Values{20, 11, 17, 12});
  EXPECT_EQ(documented.u, 17);
  EXPECT_NEAR(documented.p_value, 0.1111111111111111, 1e-15);
  EXPECT_TRUE(documented.exact);
}

// With ties scipy's method="exact" is not; its PermutationMethod over all permutations is.
TEST(MannWhitney, EqualsSciPysPermutationsWhereValuesTie) {
  const RankTest once = mann_whitney(Values{1, 1, 2, 3, 3}, Values{2, 3, 4, 4});
  EXPECT_EQ(once.u, 3.5);
  EXPECT_NEAR(once.p_value, 0.1746031746031746, 1e-15);
  const RankTest lopsided = mann_whitney(Values{1, 1, 1, 5}, Values{1, 2, 2, 2, 2, 7});
  EXPECT_EQ(lopsided.u, 6.5);
  EXPECT_NEAR(lopsided.p_value, 0.2, 1e-15);
}

// scipy's method="asymptotic" over 40 and 35 values with ties.
TEST(MannWhitney, EqualsSciPysNormalApproximationOfManyValues) {
  Values first, second;
  for (int i = 0; i < 40; ++i) first.push_back((i * 7) % 41 + 0.5 * (i % 3));
  for (int i = 0; i < 35; ++i) second.push_back((i * 11) % 37 + 1 + (i % 2));
  const RankTest test = mann_whitney(first, second);
  EXPECT_FALSE(test.exact);
  EXPECT_EQ(test.u, 725);
  EXPECT_NEAR(test.p_value, 0.7946794146232505, 1e-12);
}

TEST(MannWhitney, FindsNothingWhereAllValuesAreEqual) {
  EXPECT_EQ(mann_whitney(Values{3, 3, 3}, Values{3, 3}).p_value, 1);
  EXPECT_EQ(mann_whitney(Values(40, 3.0), Values(40, 3.0)).p_value, 1);
}

// By hand: 4 x 0.005, 3 x 0.01, 2 x 0.03, and 1 x 0.04, which may not be below the one before.
TEST(Holm, MultipliesByTheTestsLeftAndNeverFalls) {
  EXPECT_THAT(holm(Values{0.01, 0.04, 0.03, 0.005}),
              ElementsAre(DoubleNear(0.03, 1e-15), DoubleNear(0.06, 1e-15), DoubleNear(0.06, 1e-15),
                          DoubleNear(0.02, 1e-15)));
  EXPECT_THAT(holm(Values{0.6, 0.7}), ElementsAre(1, 1));
  EXPECT_TRUE(holm(Values{}).empty());
}

}  // namespace
}  // namespace lts

#include "search/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace lts::search {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(CrowdingDistances, AreTheShareOfTheFrontBetweenTheNeighbours) {
  // Widths 10 and 8. (2, 4): (4 - 0) / 10 + (8 - 2) / 8; (4, 2): (10 - 2) / 10 + (4 - 0) / 8.
  const std::vector<Point> front = {{4, 2}, {0, 8}, {10, 0}, {2, 4}};
  EXPECT_THAT(crowding_distances(front), ElementsAre(DoubleEq(1.3), kInf, kInf, DoubleEq(1.15)));
}

TEST(CrowdingDistances, OfEqualPointsBelongToTheOutermost) {
  // Of two equal points in the middle each has the other on one side.
  const std::vector<Point> front = {{0, 4}, {1, 2}, {1, 2}, {4, 0}};
  EXPECT_THAT(crowding_distances(front), ElementsAre(kInf, 0.25 + 0.5, 0.75 + 0.5, kInf));
}

TEST(CrowdingDistances, CountNothingWhereAnObjectiveDoesNotVary) {
  EXPECT_THAT(crowding_distances(std::vector<Point>{{1, 3}, {1, 3}}), ElementsAre(0, 0));
  EXPECT_THAT(crowding_distances(std::vector<Point>{{2, 3}, {1, 3}, {4, 3}}),
              ElementsAre(1, kInf, kInf));
}

TEST(CrowdingDistances, OfOnePointAndOfNone) {
  EXPECT_THAT(crowding_distances(std::vector<Point>{{1, 2}}), ElementsAre(0));
  EXPECT_THAT(crowding_distances({}), IsEmpty());
}

TEST(Standings, PutRankBeforeCrowding) {
  // Three fronts: {0, 1, 2} with 1 in the middle, {3, 4}, {5}.
  const std::vector<Point> points = {{1, 5}, {2, 2}, {5, 1}, {3, 5}, {4, 4}, {9, 9}};
  const std::vector<Standing> all = standings(points);
  std::vector<std::size_t> ranks;
  std::vector<double> crowding;
  for (const Standing& standing : all) {
    ranks.push_back(standing.rank);
    crowding.push_back(standing.crowding);
  }
  EXPECT_THAT(ranks, ElementsAre(0, 0, 0, 1, 1, 2));
  EXPECT_THAT(crowding, ElementsAre(kInf, 2, kInf, kInf, kInf, 0));
  EXPECT_TRUE(beats(all[1], all[3]));
  EXPECT_TRUE(beats(all[0], all[1]));
  EXPECT_FALSE(beats(all[0], all[2]));
  EXPECT_FALSE(beats(all[2], all[0]));
}

TEST(BestOf, CutsTheFrontThatDoesNotFitByCrowding) {
  const std::vector<Standing> all = {{1, 0.5}, {0, 0.1}, {1, kInf}, {0, kInf}, {1, 0.7}, {1, 0.7}};
  EXPECT_THAT(best_of(all, 4), ElementsAre(3, 1, 2, 4));
  EXPECT_THAT(best_of(all, 99), ElementsAre(3, 1, 2, 4, 5, 0));
  EXPECT_THAT(best_of(all, 0), IsEmpty());
}

/// How often each of `members` wins; the smaller value beats the larger.
std::vector<int> wins(const std::vector<int>& members, int draws, int tournaments) {
  Rng rng(5);
  std::vector<int> out(members.size(), 0);
  const auto smaller = [&](std::size_t a, std::size_t b) { return members[a] < members[b]; };
  for (int i = 0; i < tournaments; ++i) ++out[tournament(members.size(), draws, smaller, rng)];
  return out;
}

TEST(Tournament, IsWonAsOftenAsDrawingWithReplacementSays) {
  // Of two draws from three members the best is among them with 1 - (2/3)^2 = 5/9, the second with
  // 3/9, the last with 1/9.
  const std::vector<int> won = wins({30, 10, 20}, 2, 9000);
  EXPECT_NEAR(won[1], 5000, 200);
  EXPECT_NEAR(won[2], 3000, 200);
  EXPECT_NEAR(won[0], 1000, 200);
}

TEST(Tournament, OfOneDrawIsWonByAnyAndOfManyByTheBest) {
  for (const int count : wins({3, 1, 2}, 1, 9000)) EXPECT_NEAR(count, 3000, 200);
  EXPECT_THAT(wins({3, 1, 2}, 200, 50), ElementsAre(0, 50, 0));
}

TEST(Tournament, BetweenEqualsIsWonByEachAsOften) {
  for (const int count : wins({7, 7, 7}, 5, 9000)) EXPECT_NEAR(count, 3000, 200);
}

}  // namespace
}  // namespace lts::search

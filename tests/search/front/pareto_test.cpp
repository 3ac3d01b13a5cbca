#include "search/front/pareto.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "core/random.h"

namespace lts::search {
namespace {

bool dominates(const Point& a, const Point& b) {
  bool better = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    better |= a[i] < b[i];
  }
  return better;
}

/// The definition, O(n^2), in the order pareto_front promises.
std::vector<std::size_t> by_definition(const std::vector<Point>& points, Ties ties) {
  std::vector<std::size_t> front;
  for (std::size_t i = 0; i < points.size(); ++i) {
    bool stays = true;
    for (std::size_t j = 0; j < points.size(); ++j) {
      if (dominates(points[j], points[i])) stays = false;
      if (ties == Ties::kKeepFirst && j < i && points[j] == points[i]) stays = false;
    }
    if (stays) front.push_back(i);
  }
  std::ranges::stable_sort(front, [&](auto a, auto b) { return points[a] < points[b]; });
  return front;
}

TEST(Pareto, EqualsTheDefinitionOnRandomPointsWithTies) {
  Rng rng(7);
  for (std::size_t dimensions = 1; dimensions <= 5; ++dimensions) {
    for (int round = 0; round < 60; ++round) {
      const auto values = static_cast<std::uint32_t>(2 + round % 12);  // few values, many ties
      std::vector<Point> points(static_cast<std::size_t>(round) * 2);
      for (Point& point : points) {
        for (std::size_t d = 0; d < dimensions; ++d) point.push_back(rng.below(values) - 3.5);
      }
      for (const Ties ties : {Ties::kKeepAll, Ties::kKeepFirst}) {
        ASSERT_EQ(pareto_front(points, ties), by_definition(points, ties))
            << dimensions << " objectives, round " << round;
      }
    }
  }
}

/// Fronts peeled off one after another.
std::vector<std::size_t> ranks_by_definition(const std::vector<Point>& points) {
  std::vector<std::size_t> ranks(points.size()), left(points.size());
  std::iota(left.begin(), left.end(), std::size_t{0});
  for (std::size_t rank = 0; !left.empty(); ++rank) {
    std::vector<std::size_t> rest;
    for (const std::size_t i : left) {
      const bool dominated =
          std::ranges::any_of(left, [&](auto j) { return dominates(points[j], points[i]); });
      if (dominated) rest.push_back(i);
      ranks[i] = rank;
    }
    left = std::move(rest);
  }
  return ranks;
}

TEST(Pareto, RanksAreTheFrontsPeeledOff) {
  Rng rng(11);
  for (std::size_t dimensions = 1; dimensions <= 5; ++dimensions) {
    for (int round = 0; round < 40; ++round) {
      const auto values = static_cast<std::uint32_t>(2 + round % 12);
      std::vector<Point> points(static_cast<std::size_t>(round) * 2);
      for (Point& point : points) {
        for (std::size_t d = 0; d < dimensions; ++d) point.push_back(rng.below(values) - 3.5);
      }
      ASSERT_EQ(pareto_ranks(points), ranks_by_definition(points))
          << dimensions << " objectives, round " << round;
    }
  }
}

TEST(Pareto, RanksOfAChainCountUpAndOfNoneAreNone) {
  const std::vector<Point> chain = {{3, 3}, {1, 1}, {2, 2}, {1, 1}};
  EXPECT_EQ(pareto_ranks(chain), (std::vector<std::size_t>{2, 0, 1, 0}));
  EXPECT_TRUE(pareto_ranks({}).empty());
}

TEST(Pareto, FindsAFrontOfCoordinatesThatAreFarApart) {
  // One objective is 10^12 times another: which point is used to drop others must not matter.
  const std::vector<Point> points = {{1e12, 1e-3, 5}, {2e12, 1e-3, 5}, {2e12, 5e-4, 5},
                                     {3e12, 5e-4, 4}, {3e12, 5e-4, 6}, {9e12, 9, 9}};
  EXPECT_EQ(pareto_front(points, Ties::kKeepAll), (std::vector<std::size_t>{0, 2, 3}));
}

TEST(Pareto, KeepsBothOfTwoEqualPointsOrTheFirst) {
  const std::vector<Point> points = {{2, 2}, {1, 1}, {1, 1}, {0, 3}};
  EXPECT_EQ(pareto_front(points, Ties::kKeepAll), (std::vector<std::size_t>{3, 1, 2}));
  EXPECT_EQ(pareto_front(points, Ties::kKeepFirst), (std::vector<std::size_t>{3, 1}));
}

TEST(Pareto, OfOnePointIsThatPointAndOfNoneIsNone) {
  EXPECT_EQ(pareto_front(std::vector<Point>{{4, 5, 6, 7}}, Ties::kKeepAll),
            std::vector<std::size_t>{0});
  EXPECT_TRUE(pareto_front({}, Ties::kKeepAll).empty());
}

TEST(Pareto, TreatsZeroAndMinusZeroAsEqual) {
  const std::vector<Point> points = {{0.0, 1}, {-0.0, 1}};
  EXPECT_EQ(pareto_front(points, Ties::kKeepAll).size(), 2U);
  EXPECT_EQ(pareto_front(points, Ties::kKeepFirst), std::vector<std::size_t>{0});
}

}  // namespace
}  // namespace lts::search

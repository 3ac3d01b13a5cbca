#include "search/front/hypervolume.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/random.h"

namespace lts::search {
namespace {

/// Inclusion-exclusion over all subsets: the volume of a union of boxes that end in (1, ..., 1).
double by_inclusion_exclusion(const std::vector<Point>& points) {
  double volume = 0;
  for (unsigned subset = 1; subset < (1U << points.size()); ++subset) {
    Point corner(points.front().size(), 0);
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (!(subset >> i & 1U)) continue;
      for (std::size_t d = 0; d < corner.size(); ++d) corner[d] = std::max(corner[d], points[i][d]);
    }
    double box = __builtin_popcount(subset) % 2 ? 1 : -1;
    for (const double coordinate : corner) box *= 1 - coordinate;
    volume += box;
  }
  return volume;
}

TEST(Hypervolume, OfHandWorkedFronts) {
  EXPECT_DOUBLE_EQ(hypervolume({}), 0);
  EXPECT_DOUBLE_EQ(hypervolume(std::vector<Point>{{0.25}, {0.75}}), 0.75);
  EXPECT_DOUBLE_EQ(hypervolume(std::vector<Point>{{0.5, 0.5}}), 0.25);
  // Two overlapping boxes: 0.75*0.25 + 0.25*0.75 - 0.25*0.25.
  EXPECT_DOUBLE_EQ(hypervolume(std::vector<Point>{{0.25, 0.75}, {0.75, 0.25}}), 0.3125);
  // 0.5*0.5*1 + 1*0.5*0.5 - 0.5*0.5*0.5.
  EXPECT_DOUBLE_EQ(hypervolume(std::vector<Point>{{0.5, 0.5, 0}, {0, 0.5, 0.5}}), 0.375);
  EXPECT_DOUBLE_EQ(hypervolume(std::vector<Point>{{0.5, 0.5, 0.5, 0.5}}), 0.0625);
  EXPECT_DOUBLE_EQ(hypervolume(std::vector<Point>{{0, 0, 0, 0}}), 1);
}

TEST(Hypervolume, ClipsToTheUnitCube) {
  EXPECT_DOUBLE_EQ(hypervolume(std::vector<Point>{{-3, 0.5}}), 0.5);
  EXPECT_DOUBLE_EQ(hypervolume(std::vector<Point>{{2, 0.1}}), 0);
}

TEST(Hypervolume, EqualsInclusionExclusionOnRandomPoints) {
  Rng rng(3);
  for (std::size_t dimensions = 1; dimensions <= 5; ++dimensions) {
    for (std::size_t count = 1; count <= 9; ++count) {
      std::vector<Point> points(count);
      for (Point& point : points) {
        for (std::size_t d = 0; d < dimensions; ++d) point.push_back(rng.below(9) / 8.0);
      }
      EXPECT_NEAR(hypervolume(points), by_inclusion_exclusion(points), 1e-12)
          << dimensions << " objectives, " << count << " points";
    }
  }
}

TEST(Hypervolume, OfAStairOfManyStepsIsTheSumOfItsColumns) {
  // z is the same everywhere: columns of width 1 / n and height 1 - y, whatever the order.
  constexpr int kSteps = 1000;
  std::vector<Point> points;
  double expected = 0;
  for (int i = 0; i < kSteps; ++i) {
    const int at = i * 7 % kSteps;  // each once
    points.push_back({at / double{kSteps}, 1 - (at + 1) / double{kSteps}, 0.5});
    expected += (at + 1) / double{kSteps} / kSteps * 0.5;
  }
  EXPECT_NEAR(hypervolume(points), expected, 1e-12);
  for (Point& point : points) point = {point[2], point[0], point[1]};
  EXPECT_NEAR(hypervolume(points), expected, 1e-12);
}

TEST(ScaledLoss, PutsTheBetterEndAtZeroAndClips) {
  EXPECT_DOUBLE_EQ(scaled_loss(15, {10, 20}, false), 0.5);
  EXPECT_DOUBLE_EQ(scaled_loss(12, {10, 20}, false), 0.2);
  EXPECT_DOUBLE_EQ(scaled_loss(12, {10, 20}, true), 0.8);
  EXPECT_DOUBLE_EQ(scaled_loss(5, {10, 20}, false), 0);
  EXPECT_DOUBLE_EQ(scaled_loss(25, {10, 20}, false), 1);
  EXPECT_DOUBLE_EQ(scaled_loss(25, {10, 20}, true), 0);
  EXPECT_DOUBLE_EQ(scaled_loss(7, {7, 7}, false), 0);  // bounds without a width tell nothing apart
}

}  // namespace
}  // namespace lts::search

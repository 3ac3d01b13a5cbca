#include "search/front/regret.h"

#include <gtest/gtest.h>

#include "search/run/run_regret.h"
#include "tests/search/fixtures.h"

namespace lts::search {
namespace {

// By hand, between bounds of 0 and 5 in both objectives: the exact front covers 0.08 + 0.24 + 0.2
// of the unit square, the found points 0.24 + 0.16.
const std::vector<Point> kExact = {{0, 4}, {2, 2}, {4, 0}};
const std::vector<Point> kFound = {{2, 2}, {4, 1}};

std::vector<Point> fifths(std::vector<Point> points) {
  for (Point& point : points) {
    for (double& value : point) value /= 5;
  }
  return points;
}

Regret regret(const std::vector<Point>& found, const std::vector<Point>& exact) {
  return regret_of(found, exact, fifths(found), fifths(exact));
}

TEST(Regret, IsTheShareOfHypervolumeMissing) {
  EXPECT_NEAR(regret(kFound, kExact).hypervolume_missing, 0.12 / 0.52, 1e-12);
}

TEST(Regret, CountsTheExactPointsFound) {
  EXPECT_NEAR(regret(kFound, kExact).share_found, 1.0 / 3, 1e-12);
}

TEST(Regret, SaysHowFarEachObjectiveFallsShort) {
  const auto shortfall = regret(kFound, kExact).shortfall;
  ASSERT_EQ(shortfall.size(), 2U);
  EXPECT_EQ(shortfall[0].worst, 2);       // (2, 2) instead of (0, 4)
  EXPECT_EQ(shortfall[0].unmatched, 1U);  // nothing is as low as (4, 0)
  EXPECT_EQ(shortfall[1].worst, 1);       // (4, 1) instead of (4, 0)
  EXPECT_EQ(shortfall[1].unmatched, 1U);
}

TEST(Regret, OfTheExactFrontItselfIsNothing) {
  const Regret none = regret(kExact, kExact);
  EXPECT_EQ(none.hypervolume_missing, 0);
  EXPECT_EQ(none.share_found, 1);
  for (const Shortfall& shortfall : none.shortfall) {
    EXPECT_EQ(shortfall.worst, 0);
    EXPECT_EQ(shortfall.unmatched, 0U);
  }
}

TEST(Regret, OfNothingFoundIsEverything) {
  const Regret all = regret({}, kExact);
  EXPECT_EQ(all.hypervolume_missing, 1);
  EXPECT_EQ(all.share_found, 0);
  EXPECT_EQ(all.shortfall[0].unmatched, 3U);
}

RunRegret run_regret_of(const std::string& search) {
  const SearchConfig config = config_from(golden_yaml("{" + search + "}"));
  const Archive archive = run_in_memory(config);
  const std::map<std::string, Bounds> bounds = {
      {"non_embedding_params", {0, 5e7}}, {"latency", {0, 5e8}}, {"memory", {0, 4e8}}};
  return run_regret(config, archive, bounds).value();
}

TEST(RunRegret, IsNothingAfterTheExactAlgorithm) {
  const RunRegret known = run_regret_of("algorithm: exact");
  EXPECT_EQ(known.regret.share_found, 1);
  EXPECT_EQ(known.regret.hypervolume_missing, 0);
  EXPECT_GT(known.exact_front, 100U);
  EXPECT_GT(known.members, 5000U);
}

TEST(RunRegret, FallsAsASearchGoesOn) {
  const std::string random = "algorithm: random, samples_per_iteration: 50, iterations: ";
  const double early = run_regret_of(random + "2").regret.hypervolume_missing;
  const double late = run_regret_of(random + "20").regret.hypervolume_missing;
  EXPECT_GT(early, late);
  EXPECT_GT(late, 0);
}

TEST(RunRegret, IsUnknownWhereAnObjectiveIsMeasured) {
  const SearchConfig config =
      config_from(measured_yaml(), std::make_shared<testing::FakeProfiler>());
  EXPECT_FALSE(run_regret(config, Archive(config.objectives, Ties::kKeepAll), {}).has_value());
}

}  // namespace
}  // namespace lts::search

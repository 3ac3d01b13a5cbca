#include "search/compare/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/bounds.h"
#include "tests/search/fixtures.h"

namespace lts::search {
namespace {

using ::testing::ElementsAre;

std::vector<double> hypervolumes(const std::vector<HistoryPoint>& history) {
  std::vector<double> out;
  for (const HistoryPoint& point : history) out.push_back(point.hypervolume);
  return out;
}

// By hand, in the unit square: a quarter; nothing for a failed and a dominated one; a strip of 1/4
// by 1/4 beside the first; a point that dominates all.
TEST(HypervolumeHistory, GrowsByWhatEachPointAdds) {
  HypervolumeHistory history;
  history.add(1, Point{0.5, 0.5});
  history.add(2, std::nullopt);
  history.add(3, Point{0.5, 0.75});
  history.add(5, Point{0.75, 0.25});
  history.add(8, Point{0.25, 0.25});
  EXPECT_THAT(hypervolumes(history.points()), ElementsAre(0.25, 0.25, 0.25, 0.3125, 0.5625));
  EXPECT_EQ(history.points()[3].evaluated, 4U);
  EXPECT_EQ(history.points()[3].elapsed_s, 5);
}

TEST(HypervolumeHistory, IsNothingBeforeAPointCounts) {
  HypervolumeHistory history;
  history.add(1, std::nullopt);
  history.add(2, Point{1.0, 0.0});
  EXPECT_THAT(hypervolumes(history.points()), ElementsAre(0, 0));
}

TEST(HypervolumeAfterAndAt, ReadTheLastEvaluationWithinTheBudget) {
  HypervolumeHistory history;
  history.add(1, Point{0.5, 0.5});
  history.add(4, Point{0.25, 0.25});
  const auto& points = history.points();
  EXPECT_EQ(hypervolume_after(points, 0), 0);
  EXPECT_EQ(hypervolume_after(points, 1), 0.25);
  EXPECT_EQ(hypervolume_after(points, 2), 0.5625);
  EXPECT_EQ(hypervolume_after(points, 9), 0.5625);
  EXPECT_EQ(hypervolume_at(points, 0.9), 0);
  EXPECT_EQ(hypervolume_at(points, 1), 0.25);
  EXPECT_EQ(hypervolume_at(points, 3.9), 0.25);
  EXPECT_EQ(hypervolume_at(points, 4), 0.5625);
}

// Against the front of everything up to there, found anew each time.
TEST(HypervolumeHistory, OfAnArchiveEqualsTheHypervolumeOfEachOfItsBeginnings) {
  const SearchConfig config = config_from(golden_yaml("{iterations: 5}"));
  const Archive archive = run_in_memory(config);
  const auto bounds = fix_bounds(config);
  const auto history = hypervolume_history(archive, bounds);
  ASSERT_EQ(history.size(), archive.evaluations().size());
  Archive beginning(config.objectives, Ties::kKeepAll);
  for (std::size_t i = 0; i < history.size(); ++i) {
    beginning.add(archive.evaluations()[i]);
    EXPECT_EQ(history[i].hypervolume, hypervolume_of(beginning, bounds)) << i;
  }
}

TEST(HypervolumeHistory, SkipsWhatMayNotBeOnTheFront) {
  const auto profiler = std::make_shared<testing::FakeProfiler>();
  profiler->before = [](const auto& architecture) {
    if (architecture.n_layer() == 2) throw runtime_error("fake", "out of memory");
  };
  const SearchConfig config =
      config_from(measured_yaml("search: {iterations: 3}", ", constraint: {max: 0.035}"), profiler);
  const Archive archive = run_in_memory(config);
  const std::map<std::string, Bounds> bounds = {{"size", {0, 1e6}}, {"latency", {0, 0.05}}};
  EXPECT_EQ(hypervolume_history(archive, bounds).back().hypervolume,
            hypervolume_of(archive, bounds));
  EXPECT_GT(hypervolume_of(archive, bounds), 0);
}

}  // namespace
}  // namespace lts::search

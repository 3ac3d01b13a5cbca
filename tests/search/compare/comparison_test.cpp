#include "search/compare/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/expect_error.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using testing::error_message;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Losses = std::vector<double>;

/// A finished run of one minimised objective between 0 and 1, a second an evaluation: its
/// hypervolume is 1 minus the least loss.
NamedRun run_of(const std::string& folder, const std::string& algorithm, const Losses& losses) {
  RecordedRun run{.folder = folder,
                  .config = {{"space", {{"family", "gpt2"}}},
                             {"objectives", nlohmann::ordered_json::array(
                                                {{{"name", "loss"}, {"direction", "minimize"}}})},
                             {"search", {{"algorithm", algorithm}, {"seed", 1}}}},
                  .objectives = {{.name = "loss"}},
                  .bounds = {{"loss", {0, 1}}}};
  for (const double loss : losses) {
    const auto seconds = static_cast<double>(run.evaluations.size() + 1);
    run.evaluations.push_back({.elapsed_s = seconds, .values = {loss}});
  }
  run.end_reason = "iterations";
  return {.run = std::move(run), .named_by = folder};
}

Losses values(const AtBudget& at) { return at.values; }

/// Three runs each; "good" is better than "bad" throughout.
std::vector<NamedRun> six_runs() {
  return {run_of("b1", "bad", {0.9, 0.875, 0.75, 0.75}),
          run_of("g1", "good", {0.5, 0.5, 0.25, 0.25}),
          run_of("b2", "bad", {0.875, 0.875, 0.875, 0.625}),
          run_of("g2", "good", {0.5, 0.5, 0.5, 0.5}),
          run_of("b3", "bad", {0.875, 0.875, 0.875, 0.875, 0.5}),
          run_of("g3", "good", {0.75, 0.5, 0.25, 0.125})};
}

TEST(Comparison, GivesMediansAndQuartilesOfEachGroupBestFirst) {
  const Comparison found = compare_runs(six_runs(), {});
  ASSERT_THAT(found.groups, SizeIs(2));
  const ComparedGroup& good = found.groups[0];
  EXPECT_EQ(good.name, "good");
  EXPECT_THAT(good.runs, ElementsAre(1, 3, 5));
  ASSERT_THAT(good.evaluations, SizeIs(3));  // 1, 2 and 4 of the shortest run's 4
  EXPECT_EQ(good.evaluations[0].budget, 1);
  EXPECT_EQ(good.evaluations[2].budget, 4);
  EXPECT_THAT(values(good.evaluations[0]), ElementsAre(0.5, 0.5, 0.25));
  EXPECT_THAT(values(good.evaluations[2]), ElementsAre(0.75, 0.5, 0.875));
  // Sorted 0.5, 0.75, 0.875: quartiles halfway between neighbours.
  EXPECT_EQ(good.evaluations[2].band.low, 0.625);
  EXPECT_EQ(good.evaluations[2].band.median, 0.75);
  EXPECT_EQ(good.evaluations[2].band.high, 0.8125);
}

TEST(Comparison, CountsSecondsAsWell) {
  const Comparison found = compare_runs(six_runs(), {.seconds = {2.5, 0.5, 100}});
  const ComparedGroup& bad = found.groups[1];
  ASSERT_THAT(bad.seconds, SizeIs(3));
  EXPECT_THAT(values(bad.seconds[0]), ElementsAre(0, 0, 0));
  EXPECT_EQ(bad.seconds[1].budget, 2.5);
  EXPECT_THAT(values(bad.seconds[1]), ElementsAre(0.125, 0.125, 0.125));
  EXPECT_THAT(values(bad.seconds[2]), ElementsAre(0.25, 0.375, 0.5));
  EXPECT_THAT(values(bad.last), ElementsAre(0.25, 0.375, 0.5));
}

// 0.5, 0.75, 0.875 against 0.25, 0.375, 0.125 after 4 evaluations: all nine pairs.
TEST(Comparison, TestsEachTwoGroupsAfterTheLargestBudgets) {
  const Comparison found = compare_runs(six_runs(), {});
  ASSERT_THAT(found.pairs, SizeIs(2));
  EXPECT_FALSE(found.pairs[0].in_seconds);
  EXPECT_EQ(found.pairs[0].budget, 4);
  EXPECT_EQ(found.pairs[0].u, 9);
  EXPECT_EQ(found.pairs[0].better_share, 1);
  EXPECT_DOUBLE_EQ(found.pairs[0].p_value, 0.1);
  EXPECT_DOUBLE_EQ(found.pairs[0].holm_p_value, 0.1);
  EXPECT_TRUE(found.pairs[1].in_seconds);
  EXPECT_EQ(found.pairs[1].budget, 4);
}

TEST(Comparison, AdjustsForTheNumberOfPairs) {
  std::vector<NamedRun> runs = six_runs();
  for (const char* folder : {"w1", "w2", "w3"})
    runs.push_back(run_of(folder, "worst", {1, 1, 1, 1}));
  const Comparison found = compare_runs(std::move(runs), {.evaluations = {4}});
  ASSERT_GE(found.pairs.size(), 3U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_DOUBLE_EQ(found.pairs[i].p_value, 0.1) << i;  // three pairs of three against three
    EXPECT_DOUBLE_EQ(found.pairs[i].holm_p_value, 0.3) << i;
  }
}

TEST(Comparison, GroupsByAnyKeyOrByFolder) {
  std::vector<NamedRun> runs = six_runs();
  runs[0].run.config["search"]["mutation_probability"] = 0.5;
  runs[1].run.config["search"]["mutation_probability"] = 0.5;
  for (const char* by : {"mutation_probability", "search.mutation_probability"}) {
    const Comparison found = compare_runs(runs, {.by = by});
    ASSERT_THAT(found.groups, SizeIs(2)) << by;
    const auto group = std::ranges::find(found.groups, "0.5", &ComparedGroup::name);
    ASSERT_NE(group, found.groups.end());
    EXPECT_THAT(group->runs, ElementsAre(0, 1));
    EXPECT_NE(std::ranges::find(found.groups, "none", &ComparedGroup::name), found.groups.end());
  }
  for (std::size_t i = 0; i < runs.size(); ++i) runs[i].named_by = i < 4 ? "early" : "late";
  EXPECT_THAT(compare_runs(runs, {.by = "folder"}).groups, SizeIs(2));
}

TEST(Comparison, NotesWhatAReaderMustKnow) {
  std::vector<NamedRun> runs = six_runs();
  EXPECT_TRUE(compare_runs(runs, {}).notes.empty());
  runs[0].run.config["search"]["seed"] = 7;  // seeds are meant to differ
  EXPECT_TRUE(compare_runs(runs, {}).notes.empty());
  runs[2].run.config["search"]["population_size"] = 50;
  runs[3].run.end_reason = "";
  runs[4].run.environment = {{"hardware", {{"cpu_model", "fast"}}}};
  runs[0].run.environment = {{"hardware", {{"cpu_model", "slow"}}}};
  EXPECT_THAT(
      compare_runs(runs, {}).notes,
      ElementsAre("group bad mixes runs that differ in search.population_size (none and 50)",
                  "g2 is unfinished: 4 evaluations so far",
                  "b3 ran on another machine than b1: cpu_model is fast, there slow; seconds and "
                  "measured values do not compare"));
}

TEST(Comparison, RefusesOtherBoundsUnlessTheyAreGiven) {
  std::vector<NamedRun> runs = six_runs();
  runs[3].run.bounds["loss"] = {0, 2};
  EXPECT_EQ(error_message([&] { compare_runs(runs, {}); }),
            "g2: has other hypervolume bounds than b1: loss between [0.0, 2.0], there [0.0, 1.0]; "
            "--bounds loss=LOW,HIGH scores all runs between the same");
  const Comparison found = compare_runs(runs, {.evaluations = {4}, .bounds = {{"loss", {0, 0.5}}}});
  EXPECT_THAT(values(found.groups[0].evaluations[0]), ElementsAre(0.5, 0, 0.75));
  EXPECT_EQ(found.bounds.at("loss").high, 0.5);
}

TEST(Comparison, ScoresARunOfAnotherProgramBetweenTheOthersBounds) {
  std::vector<NamedRun> runs = six_runs();
  runs[0].run.bounds.clear();
  EXPECT_EQ(compare_runs(runs, {}).bounds.at("loss").high, 1);
  for (NamedRun& named : runs) named.run.bounds.clear();
  EXPECT_THAT(error_message([&] { compare_runs(runs, {}); }),
              HasSubstr("b1: is a run of another program and has no hypervolume bounds"));
}

TEST(Comparison, RefusesAnotherSpaceOrOtherObjectives) {
  std::vector<NamedRun> runs = six_runs();
  runs[1].run.config["space"]["family"] = "gpt2_flex";
  EXPECT_EQ(error_message([&] { compare_runs(runs, {}); }),
            "g1: has another space than b1: space.family is gpt2_flex, there gpt2; such runs are "
            "not compared");
  runs = six_runs();
  runs[1].run.config["objectives"][0]["constraint"]["max"] = 3;
  EXPECT_THAT(error_message([&] { compare_runs(runs, {}); }),
              HasSubstr("has another objectives than b1: objectives.0.constraint is"));
}

TEST(Comparison, RefusesNamesThatMeanNothing) {
  std::vector<NamedRun> runs = six_runs();
  EXPECT_THAT(error_message([&] { compare_runs(runs, {.by = "algoritm"}); }),
              HasSubstr("--by: no run's config.yaml has 'algoritm'; did you mean 'algorithm'?"));
  EXPECT_THAT(error_message([&] {
                compare_runs(runs, {.bounds = {{"los", {0, 1}}}});
              }),
              HasSubstr("--bounds: 'los' is no objective of the runs; did you mean 'loss'?"));
  runs.push_back(run_of("./g1", "good", {0.5}));
  EXPECT_EQ(error_message([&] { compare_runs(runs, {}); }),
            "./g1: is named twice; a run counts once");
}

TEST(ReadNamedRuns, FindsTheRunsOfAFolderInTheOrderOfTheirNumbers) {
  const testing::TemporaryFolder folder;
  const SearchConfig config = config_from(golden_yaml("{iterations: 1}"));
  for (const char* name : {"seed-10", "seed-9"})
    run_search(config, {.folder = folder.path() / name});
  folder.write("notes/a.txt", "mine");
  const auto runs = read_named_runs(folder.path().string());
  ASSERT_THAT(runs, SizeIs(2));
  EXPECT_EQ(runs[0].run.folder.filename(), "seed-9");
  EXPECT_EQ(runs[1].named_by, folder.path().string());
  EXPECT_THAT(read_named_runs((folder.path() / "seed-9").string()), SizeIs(1));
}

TEST(ReadNamedRuns, RefusesWhatHoldsNone) {
  const testing::TemporaryFolder folder;
  const std::string at = folder.path().string();
  EXPECT_EQ(error_message([&] { read_named_runs(at); }),
            at + ": holds no search run, nor do its sub-folders");
  EXPECT_EQ(error_message([&] { read_named_runs(at + "/none"); }),
            at + "/none: is no folder of a search run");
}

}  // namespace
}  // namespace lts::search

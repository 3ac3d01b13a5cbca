#include "search/run/seed_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "search/compare/comparison.h"
#include "search/compare/recorded_run.h"
#include "tests/expect_error.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using ::testing::ElementsAre;
using testing::error_message;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(ParseSeeds, TakesRangesAndLists) {
  EXPECT_THAT(parse_seeds("1-5"), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(parse_seeds("7"), ElementsAre(7));
  EXPECT_THAT(parse_seeds("1,3,7"), ElementsAre(1, 3, 7));
  EXPECT_THAT(parse_seeds("9,0-2"), ElementsAre(9, 0, 1, 2));
}

TEST(ParseSeeds, RefusesWhatIsNone) {
  for (const auto& [text, what] :
       std::map<std::string, std::string>{{"", "'' is no seed and no range of seeds"},
                                          {"1,", "'' is no seed"},
                                          {"one", "'one' is no seed"},
                                          {"1-", "'1-' is no seed"},
                                          {"-1", "'-1' is no seed"},
                                          {"1-2-3", "'1-2-3' is no seed"},
                                          {"5-1", "'5-1' ends before it begins"},
                                          {"1-3,2", "seed 2 stands twice"},
                                          {"1-1001", "these are more than 1000 seeds"},
                                          {"1-900,901-1200", "these are more than 1000 seeds"}}) {
    const std::string message = error_message([&] { parse_seeds(text); });
    EXPECT_THAT(message, HasSubstr("--seeds " + text + ": " + what));
    EXPECT_THAT(message, HasSubstr("accepted: seeds and ranges of them, as 1-5 or 1,3,7"));
  }
}

/// Runs of a closed-form search, or of a measured one whose device gives another latency each time.
class SeedRuns : public ::testing::Test {
 protected:
  SeedRuns() {
    profiler_->latency_s = [this](const space::Architecture& a) {
      return 0.01 * a.n_layer() + 0.1 / a.scalar("d_model") +
             1e-5 * static_cast<double>(profiler_->calls());
    };
  }

  std::vector<SeedRun> run(const SearchConfig& config, const std::string& seeds,
                           bool resume = false) {
    begun_.clear();
    return run_seeds(config, parse_seeds(seeds), {.folder = at_, .resume = resume},
                     [&](std::size_t index, const fs::path& folder) {
                       EXPECT_EQ(index, begun_.size());
                       begun_.push_back(folder.filename().string());
                     });
  }

  std::shared_ptr<testing::FakeProfiler> profiler_ = std::make_shared<testing::FakeProfiler>();
  SearchConfig closed_ = config_from(golden_yaml("{iterations: 2}"));
  SearchConfig measured_ = config_from(measured_yaml(), profiler_);
  testing::TemporaryFolder folder_;
  fs::path at_ = folder_.path() / "runs";
  std::vector<std::string> begun_;
};

TEST_F(SeedRuns, AreTheSearchesWithThatSeedAndSpaceSeed) {
  const auto runs = run(closed_, "1,5");
  EXPECT_THAT(begun_, ElementsAre("seed-1", "seed-5"));
  ASSERT_THAT(runs, SizeIs(2));
  const SearchConfig fifth = config_from(golden_yaml("{iterations: 2, seed: 5, space_seed: 5}"));
  run_search(fifth, {.folder = folder_.path() / "alone"});
  EXPECT_EQ(read_file(at_ / "seed-5" / "front.csv"),
            read_file(folder_.path() / "alone" / "front.csv"));
  EXPECT_EQ(read_file(at_ / "seed-5" / "config.yaml"),
            read_file(folder_.path() / "alone" / "config.yaml"));
  EXPECT_NE(archids_of(runs[0].result.archive), archids_of(runs[1].result.archive));
}

TEST_F(SeedRuns, OfAMeasuredSearchShareTheirBounds) {
  run(measured_, "1-3");
  const RecordedRun first = read_recorded_run(at_ / "seed-1");
  for (const char* name : {"seed-2", "seed-3"}) {
    const RecordedRun other = read_recorded_run(at_ / name);
    EXPECT_EQ(other.bounds.at("latency").low, first.bounds.at("latency").low);
    EXPECT_EQ(other.bounds.at("latency").high, first.bounds.at("latency").high);
  }
  EXPECT_EQ(compare_runs(read_named_runs(at_.string()), {}).groups.front().runs.size(), 3U);
  // The folder alone gives the run again: the bounds stand in its configuration.
  const SearchConfig again = config_from(read_file(at_ / "seed-2" / "config.yaml"), profiler_);
  EXPECT_EQ(again.hypervolume_bounds.at("latency").high, first.bounds.at("latency").high);
}

TEST_F(SeedRuns, LeaveBoundsAsTheUserGaveThem) {
  const SearchConfig config = config_from(
      measured_yaml("search: {iterations: 1}\nhypervolume: {bounds: {latency: [0, 1]}}"),
      profiler_);
  run(config, "1");
  EXPECT_EQ(read_recorded_run(at_ / "seed-1").bounds.at("latency").high, 1);
}

TEST_F(SeedRuns, GoOnWhereTheyStoppedAndKeepWhatIsFinished) {
  run(measured_, "1-2");
  const std::string first = read_file(at_ / "seed-1" / "journal.jsonl");
  const std::string second = read_file(at_ / "seed-2" / "journal.jsonl");
  // A kill in the second: its journal lacks the last third.
  const auto end = second.find('\n', second.size() * 2 / 3) + 1;
  write_file_atomic(at_ / "seed-2" / "journal.jsonl", second.substr(0, end));
  const auto runs = run(measured_, "1-3", true);
  EXPECT_THAT(begun_, ElementsAre("seed-1", "seed-2", "seed-3"));
  EXPECT_EQ(read_file(at_ / "seed-1" / "journal.jsonl"), first);
  EXPECT_TRUE(read_file(at_ / "seed-2" / "journal.jsonl").starts_with(second.substr(0, end)));
  EXPECT_EQ(read_recorded_run(at_ / "seed-2").end_reason, runs[1].result.end_reason);
  EXPECT_EQ(read_recorded_run(at_ / "seed-3").bounds.at("latency").high,
            read_recorded_run(at_ / "seed-1").bounds.at("latency").high);
}

TEST_F(SeedRuns, AreNotMixedWithOtherThings) {
  run(closed_, "1");
  EXPECT_THAT(error_message([&] { run(closed_, "2"); }),
              HasSubstr("runs: holds runs; --resume goes on with them, -o names another folder"));
  EXPECT_FALSE(fs::exists(at_ / "seed-2"));
  const SearchConfig other = config_from(golden_yaml("{iterations: 3}"));
  EXPECT_THAT(error_message([&] { run(other, "3,1", true); }),
              HasSubstr("it differs in search.iterations (the run has 2, now 3)"));
  EXPECT_FALSE(fs::exists(at_ / "seed-3"));
  at_ = at_ / "seed-1";
  EXPECT_THAT(error_message([&] { run(closed_, "1", true); }),
              HasSubstr("seed-1: holds a single run; --seeds makes a folder of runs"));
  at_ = folder_.write("file", "x");
  EXPECT_THAT(error_message([&] { run(closed_, "1"); }),
              HasSubstr("file: exists and is not a folder"));
  at_ = folder_.write("other/notes.txt", "x").parent_path();
  EXPECT_THAT(error_message([&] { run(closed_, "1"); }),
              HasSubstr("other: is not empty and holds no search runs; name another folder"));
}

TEST_F(SeedRuns, HaveOneFrontTogether) {
  const auto runs = run(closed_, "1-3");
  const Archive merged = merged_fronts(closed_, runs);
  Archive all(closed_.objectives, Ties::kKeepAll);
  for (const SeedRun& one : runs) {
    for (const Evaluation& evaluation : one.result.archive.evaluations()) {
      if (!all.seen(evaluation.candidate.archid)) all.add(evaluation);
    }
  }
  std::set<std::string> expected, found;
  for (const std::size_t i : all.front()) expected.insert(archids_of(all)[i]);
  for (const std::size_t i : merged.front()) found.insert(archids_of(merged)[i]);
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace lts::search

// Budgets and resuming, for every algorithm.

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "search/run/journal.h"
#include "search/run/run.h"
#include "tests/search/each_algorithm.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using testing::FakeProfiler;

class EachAlgorithmsRun : public EachAlgorithm {
 protected:
  fs::path at(const std::string& name) const { return folder_.path() / name; }

  RunResult run(const SearchConfig& config, const std::string& name, bool resume = false) const {
    return run_search(config, {.folder = at(name), .resume = resume});
  }

  SearchConfig measured(const std::string& more) const {
    return config_from(measured_yaml("search: {" + few_at_a_time(GetParam()) + ", " + more + "}"),
                       profiler_);
  }

  /// A run folder as a kill leaves it: the journal so far, none of what is written at the end.
  void leave_killed(const std::string& name, std::string_view journal) {
    fs::create_directories(at(name));
    folder_.write(name + "/journal.jsonl", journal);
  }

  void expect_same_results(const std::string& a, const std::string& b) const {
    for (const char* file : {"front.csv", "winners/winners.csv", "failures.csv"}) {
      EXPECT_EQ(read_file(at(a) / file), read_file(at(b) / file)) << file;
    }
    for (const auto& [file, wall_time] : {std::pair{"search_state.csv", "search_walltime_hours"},
                                          {"evaluations.csv", "elapsed_s"}}) {
      EXPECT_EQ(csv_without(at(a) / file, wall_time), csv_without(at(b) / file, wall_time));
    }
  }

  testing::TemporaryFolder folder_;
  std::shared_ptr<FakeProfiler> profiler_ = std::make_shared<FakeProfiler>();
};

INSTANTIATE_TEST_SUITE_P(Table, EachAlgorithmsRun, ::testing::ValuesIn(EachAlgorithm::names()),
                         EachAlgorithm::name);

TEST_P(EachAlgorithmsRun, EndsAtMaxEvaluationsExactly) {
  for (const int most : {1, 7, 13}) {
    const std::string name = std::to_string(most);
    const SearchConfig config = measured("iterations: 9, max_evaluations: " + name);
    const RunResult result = run(config, name);
    EXPECT_EQ(result.archive.evaluations().size(), static_cast<std::size_t>(most));
    EXPECT_EQ(result.end_reason, "max_evaluations");
    const auto calls = profiler_->calls();
    EXPECT_EQ(run(config, name, true).end_reason, "max_evaluations");
    EXPECT_EQ(profiler_->calls(), calls);
  }
}

TEST_P(EachAlgorithmsRun, EndsAtMaxSecondsAndStaysEnded) {
  const SearchConfig config = measured("iterations: 9, max_seconds: 0.2");
  profiler_->before = [&](const auto&) {  // the seventh takes longer than the budget
    if (profiler_->calls() == 7) std::this_thread::sleep_for(std::chrono::milliseconds(250));
  };
  const RunResult result = run(config, "run");
  EXPECT_EQ(result.end_reason, "max_seconds");
  const std::size_t evaluated = result.archive.evaluations().size();
  EXPECT_LE(evaluated, 5U);  // 7 measurements, 2 of them the bounds'; fewer on a slow machine
  const auto calls = profiler_->calls();
  const RunResult again = run(config, "run", true);
  EXPECT_EQ(again.end_reason, "max_seconds");
  EXPECT_EQ(again.archive.evaluations().size(), evaluated);
  EXPECT_EQ(again.wall_s, result.wall_s);
  EXPECT_EQ(profiler_->calls(), calls);
}

TEST_P(EachAlgorithmsRun, CallsAHypervolumeThatStaysAtZeroAPlateau) {
  if (!explores(GetParam())) GTEST_SKIP() << "computes where to look";
  const SearchConfig config = config_from(
      golden_yaml("{iterations: 40, plateau: {window: 3}, " + few_at_a_time(GetParam()) + "}") +
      "hypervolume: {bounds: {latency: [0, 1]}}\n");  // all far beyond: never any volume
  const RunResult result = run(config, "run");
  EXPECT_EQ(result.hypervolume, 0);
  EXPECT_EQ(result.end_reason, "plateau");
  EXPECT_EQ(result.archive.evaluations().back().candidate.iteration, 3);
}

TEST_P(EachAlgorithmsRun, EndsExhaustedWhenEveryMemberIsMeasured) {
  if (!explores(GetParam())) GTEST_SKIP() << "computes where to look";
  const RunResult result = run(measured("iterations: 1000"), "run");
  EXPECT_EQ(result.end_reason, "exhausted");
  EXPECT_EQ(result.archive.evaluations().size(), 48U);
}

TEST_P(EachAlgorithmsRun, ResumedFromEveryRecordEqualsTheUndisturbed) {
  const SearchConfig config = measured("iterations: 3, max_evaluations: 13");
  run(config, "whole");
  const std::string journal = read_file(at("whole/journal.jsonl"));
  int boundaries = 0;
  for (std::size_t end = 0; end != std::string::npos;
       end = end == journal.size() ? std::string::npos : journal.find('\n', end) + 1) {
    const std::string name = "killed" + std::to_string(++boundaries);
    leave_killed(name, std::string_view(journal).substr(0, end));
    run(config, name, true);
    expect_same_results(name, "whole");
    if (HasFailure()) FAIL() << "cut at " << end;
  }
  EXPECT_GT(boundaries, 15);
}

}  // namespace
}  // namespace lts::search

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "search/journal.h"
#include "search/run.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using testing::FakeProfiler;

class BudgetOfARun : public ::testing::Test {
 protected:
  RunResult run(const SearchConfig& config, bool resume = false) {
    return run_search(config, {.folder = at_, .resume = resume});
  }

  testing::TemporaryFolder folder_;
  fs::path at_ = folder_.path() / "run";
  std::shared_ptr<FakeProfiler> profiler_ = std::make_shared<FakeProfiler>();
};

TEST_F(BudgetOfARun, EndsAtMaxEvaluationsExactly) {
  for (const int most : {1, 9, 10, 11, 23}) {
    fs::remove_all(at_);
    const SearchConfig config = config_from(
        measured_yaml("search: {iterations: 9, max_evaluations: " + std::to_string(most) + "}"),
        profiler_);
    const RunResult result = run(config);
    EXPECT_EQ(result.archive.evaluations().size(), static_cast<std::size_t>(most));
    EXPECT_EQ(result.end_reason, "max_evaluations");
    const auto calls = profiler_->calls();
    EXPECT_EQ(run(config, true).end_reason, "max_evaluations");
    EXPECT_EQ(profiler_->calls(), calls);
  }
}

TEST_F(BudgetOfARun, EndsAtMaxSecondsAndStaysEnded) {
  const SearchConfig config =
      config_from(measured_yaml("search: {iterations: 9, max_seconds: 0.2}"), profiler_);
  profiler_->before = [&](const auto&) {  // the seventh takes longer than the budget
    if (profiler_->calls() == 7) std::this_thread::sleep_for(std::chrono::milliseconds(250));
  };
  const RunResult result = run(config);
  EXPECT_EQ(result.end_reason, "max_seconds");
  const std::size_t evaluated = result.archive.evaluations().size();
  EXPECT_LE(evaluated, 5U);  // 7 measurements, 2 of them the bounds'; fewer on a slow machine
  const auto calls = profiler_->calls();
  const RunResult again = run(config, true);
  EXPECT_EQ(again.end_reason, "max_seconds");
  EXPECT_EQ(again.archive.evaluations().size(), evaluated);
  EXPECT_EQ(again.wall_s, result.wall_s);
  EXPECT_EQ(profiler_->calls(), calls);
}

TEST_F(BudgetOfARun, CountsTheSecondsOfEarlierProcesses) {
  const SearchConfig config =
      config_from(measured_yaml("search: {iterations: 9, max_seconds: 1000}"), profiler_);
  profiler_->before = [&](const auto&) {
    if (profiler_->calls() == 8) throw Error(ErrorKind::kStopped, "cut");
  };
  EXPECT_THROW(run(config), Error);
  auto records = read_journal(at_ / "journal.jsonl").records;
  records.back()["elapsed_s"] = 1000.5;  // as if the earlier process had used the budget up
  Journal(at_ / "journal.jsonl", 0).append(records);
  profiler_->before = nullptr;
  const auto calls = profiler_->calls();
  const RunResult result = run(config, true);
  EXPECT_EQ(result.end_reason, "max_seconds");
  EXPECT_GE(result.wall_s, 1000.5);
  EXPECT_EQ(profiler_->calls(), calls);
}

TEST_F(BudgetOfARun, EndsOnAPlateauOfTheHypervolume) {
  // One objective over a space whose best member is in the first population of all: no growth.
  const std::string space =
      "space: {n_layer: [1, 2], d_model: [64, 128], d_inner: [64, 128], n_head: [1, 2]}\n"
      "objectives: [{name: size, proxy: decoder_params, direction: minimize}]\n";
  const SearchConfig config = config_from(
      space +
      "search: {iterations: 50, initial_models: 9, random_mix: 1, mutations_per_parent: 0, "
      "crossovers: 0, plateau: {window: 2, relative: 0.001}}\n");
  const RunResult result = run(config);
  EXPECT_EQ(result.end_reason, "plateau");
  // The iteration at which the hypervolume was last seen to grow, by the journal.
  std::vector<double> history;
  for (const auto& record : read_journal(at_ / "journal.jsonl").records) {
    if (record.at("type") == "iteration") history.push_back(record.at("hypervolume"));
  }
  ASSERT_GE(history.size(), 3U);
  for (std::size_t i = 2; i < history.size(); ++i) {
    const bool flat = history[i] - history[i - 2] <= 0.001 * history[i - 2];
    EXPECT_EQ(flat, i + 1 == history.size()) << i;
  }
  EXPECT_EQ(run(config, true).end_reason, "plateau");
}

TEST_F(BudgetOfARun, CallsAHypervolumeThatStaysAtZeroAPlateau) {
  const SearchConfig config = config_from(
      golden_yaml("{iterations: 40, plateau: {window: 3}}") +
      "hypervolume: {bounds: {latency: [0, 1]}}\n");  // all far beyond: never any volume
  const RunResult result = run(config);
  EXPECT_EQ(result.hypervolume, 0);
  EXPECT_EQ(result.end_reason, "plateau");
  EXPECT_EQ(result.archive.evaluations().back().candidate.iteration, 3);
}

}  // namespace
}  // namespace lts::search

#include <gtest/gtest.h>

#include "search/run/journal.h"
#include "search/run/run.h"
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

}  // namespace
}  // namespace lts::search

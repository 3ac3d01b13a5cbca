#include "search/run/search_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "core/file.h"
#include "core/record_line.h"
#include "search/run/run_folder.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using ::testing::StartsWith;

class SearchStatus : public ::testing::Test {
 protected:
  RunStatus status() const { return search_status(at_, fs::file_time_type::clock::now()); }

  /// A journal of records as a run of 4 iterations writes them, `more` in its `search`.
  void begin(const std::string& more = "") {
    journal_ = record_line(nlohmann::ordered_json::parse(
        R"({"type": "start", "format": 1, "config": {"search": {"iterations": 4)" + more +
        R"(}}, "environment": {}, "elapsed_s": 0})"));
  }
  void evaluation(double elapsed_s, const std::string& status = "ok") {
    add({{"type", "evaluation"}, {"status", status}, {"elapsed_s", elapsed_s}});
  }
  void iteration(double elapsed_s, double hypervolume) {
    add({{"type", "iteration"},
         {"front", 3},
         {"hypervolume", hypervolume},
         {"elapsed_s", elapsed_s}});
  }
  void add(const nlohmann::ordered_json& record) {
    journal_ += record_line(record);
    folder_.write("run/journal.jsonl", journal_);
  }

  testing::TemporaryFolder folder_;
  fs::path at_ = folder_.path() / "run";
  std::string journal_;
};

TEST_F(SearchStatus, OfAFinishedRun) {
  const RunResult result = run_search(config_from(golden_yaml("{iterations: 3}")), {.folder = at_});
  const RunStatus status = this->status();
  EXPECT_EQ(status.kind, "search");
  EXPECT_EQ(status.state, RunState::kFinished);
  EXPECT_EQ(status.step, 3);
  EXPECT_EQ(status.steps, 3);
  EXPECT_EQ(status.time_left_s, 0);
  EXPECT_EQ(status.more.at("evaluated"), result.archive.evaluations().size());
  EXPECT_EQ(status.more.at("front"), result.archive.front().size());
  EXPECT_EQ(status.more.at("hypervolume"), result.hypervolume);
  EXPECT_EQ(status.more.at("end_reason"), "iterations");
  EXPECT_FALSE(status.loss || status.restarts);
}

TEST_F(SearchStatus, CountsWhatIsThereAndForetellsTheRest) {
  begin();
  for (int i = 0; i < 7; ++i) evaluation(i);
  evaluation(8, "failed");
  iteration(10, 0.25);
  evaluation(20);
  const RunStatus status = this->status();
  EXPECT_EQ(status.state, RunState::kStopped);
  EXPECT_EQ(status.step, 1);
  EXPECT_EQ(status.more.at("evaluated"), 9);
  EXPECT_EQ(status.more.at("failed"), 1);
  EXPECT_EQ(status.more.at("hypervolume"), 0.25);
  EXPECT_EQ(status.rate, 9.0 / 20);
  EXPECT_EQ(status.rate_unit, "evaluations/s");
  EXPECT_EQ(status.time_left_s, 60);  // three more iterations of twenty seconds each
}

TEST_F(SearchStatus, ForetellsNoMoreThanTheBudgetAllows) {
  begin(R"(, "max_seconds": 45, "max_evaluations": 1000)");
  evaluation(10);
  EXPECT_EQ(status().time_left_s, 35);
  begin(R"(, "max_evaluations": 3)");
  evaluation(10);
  EXPECT_EQ(status().time_left_s, 20);
  begin();
  evaluation(10);
  EXPECT_EQ(status().time_left_s, std::nullopt);  // no iteration is whole yet
}

TEST_F(SearchStatus, HasItsJournalForACheckpoint) {
  begin();
  evaluation(1);
  const auto written = fs::last_write_time(at_ / "journal.jsonl");
  const RunStatus status = search_status(at_, written + std::chrono::seconds(7));
  EXPECT_EQ(status.checkpoint, at_ / "journal.jsonl");
  EXPECT_DOUBLE_EQ(status.checkpoint_age_s.value_or(-1), 7);
}

TEST_F(SearchStatus, RunsWhileAProcessHoldsTheFolder) {
  begin();
  evaluation(1);
  const FileLock lock(at_ / kLockFile, "the run folder");
  EXPECT_EQ(status().state, RunState::kRunning);
}

TEST_F(SearchStatus, SaysWhatIsDamaged) {
  begin();
  journal_ += "not a record\n";
  evaluation(1);
  EXPECT_EQ(status().state, RunState::kDamaged);
  EXPECT_THAT(status().flaw, StartsWith((at_ / "journal.jsonl").string() + ": damaged at byte "));
  folder_.write("run/journal.jsonl", "");  // opened, and nothing recorded yet
  EXPECT_EQ(status().state, RunState::kStopped);
  EXPECT_EQ(status().step, 0);
}

}  // namespace
}  // namespace lts::search

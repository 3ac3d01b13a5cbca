#include "search/compare/recorded_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/record_line.h"
#include "search/compare/foreign_run.h"
#include "search/run/journal.h"
#include "tests/expect_error.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using ::testing::EndsWith;
using testing::error_message;
using ::testing::HasSubstr;

class RecordedRunOf : public ::testing::Test {
 protected:
  RunResult run() { return run_search(config_, {.folder = at_}); }

  /// Keeps the first `count` records of the journal and `tail` after them.
  void cut(std::size_t count, const std::string& tail = "") {
    std::string text;
    const auto records = read_journal(at_ / "journal.jsonl").records;
    for (std::size_t i = 0; i < count; ++i) text += record_line(records.at(i));
    write_file_atomic(at_ / "journal.jsonl", text + tail);
  }

  std::shared_ptr<testing::FakeProfiler> profiler_ = std::make_shared<testing::FakeProfiler>();
  SearchConfig config_ = config_from(measured_yaml(), profiler_);
  testing::TemporaryFolder folder_;
  fs::path at_ = folder_.path() / "run";
};

TEST_F(RecordedRunOf, AFinishedRunIsWhatTheRunHad) {
  profiler_->before = [](const auto& architecture) {
    if (architecture.n_layer() == 2) throw runtime_error("fake", "out of memory");
  };
  const RunResult result = run();
  const RecordedRun recorded = read_recorded_run(at_);
  const auto& evaluations = result.archive.evaluations();
  ASSERT_EQ(recorded.evaluations.size(), evaluations.size());
  bool failed = false;
  for (std::size_t i = 0; i < evaluations.size(); ++i) {
    const RecordedEvaluation& one = recorded.evaluations[i];
    EXPECT_EQ(one.archid, evaluations[i].candidate.archid);
    EXPECT_EQ(one.status, evaluations[i].status);
    EXPECT_EQ(one.iteration, evaluations[i].candidate.iteration);
    EXPECT_EQ(one.elapsed_s, evaluations[i].elapsed_s);
    ASSERT_EQ(one.values.size(), evaluations[i].values.size());
    for (std::size_t o = 0; o < one.values.size(); ++o)
      EXPECT_EQ(one.values[o], evaluations[i].values[o].value);
    failed |= one.status == Status::kFailed;
  }
  EXPECT_TRUE(failed);
  EXPECT_EQ(recorded.config, config_.resolved);
  EXPECT_EQ(recorded.end_reason, result.end_reason);
  ASSERT_EQ(recorded.bounds.size(), 2U);
  EXPECT_EQ(recorded.bounds.at("latency").high, result.bounds.at("latency").high);
  EXPECT_EQ(recorded.objectives[0].direction, predictor::Direction::kMaximize);
}

TEST_F(RecordedRunOf, ItsHistoryIsTheJournalsOwnAtEachIteration) {
  const RunResult result = run();
  const RecordedRun recorded = read_recorded_run(at_);
  const auto history = recorded.history();
  EXPECT_EQ(history.back().hypervolume, result.hypervolume);
  int iterations = 0;
  for (const auto& record : read_journal(at_ / "journal.jsonl").records) {
    if (record.at("type") != "iteration") continue;
    EXPECT_EQ(hypervolume_after(history, record.at("evaluated").get<std::size_t>()),
              record.at("hypervolume").get<double>());
    ++iterations;
  }
  EXPECT_EQ(iterations, 3);
}

TEST_F(RecordedRunOf, ARunThatGoesOnIsUnfinished) {
  run();
  cut(5, "{\"checksum\":\"0123");
  const RecordedRun recorded = read_recorded_run(at_);
  EXPECT_EQ(recorded.evaluations.size(), 3U);
  EXPECT_EQ(recorded.end_reason, "");
}

TEST_F(RecordedRunOf, NothingYetIsRefused) {
  run();
  cut(2);
  EXPECT_EQ(read_recorded_bounds(at_).size(), 2U);
  EXPECT_THAT(error_message([&] { read_recorded_run(at_); }),
              EndsWith("run: holds a run without any evaluation yet"));
}

TEST_F(RecordedRunOf, NoRunIsRefused) {
  for (int made = 0; made < 2; ++made) {
    EXPECT_THAT(error_message([&] { read_recorded_run(at_); }),
                EndsWith("run: is no folder of a search run: it has no journal.jsonl"));
    make_folder(at_);
  }
}

TEST_F(RecordedRunOf, AnotherJournalIsRefused) {
  folder_.write("run/journal.jsonl", record_line({{"type", "row"}, {"format", 1}}));
  EXPECT_THAT(error_message([&] { read_recorded_run(at_); }),
              EndsWith("journal.jsonl: does not begin with a run's start"));
  folder_.write("run/journal.jsonl", record_line({{"type", "start"}, {"format", 9}}));
  EXPECT_THAT(error_message([&] { read_recorded_run(at_); }),
              HasSubstr("journal.jsonl: is of format 9; this program reads format 1"));
  folder_.write("run/journal.jsonl", record_line({{"type", "start"}, {"format", 1}}));
  EXPECT_THAT(error_message([&] { read_recorded_run(at_); }, ErrorKind::kRuntime),
              HasSubstr("journal.jsonl: holds a record of another version of the search"));
}

class ForeignRun : public ::testing::Test {
 protected:
  RecordedRun read(const std::string& evaluations, const std::string& objectives = "") {
    folder_.write("config.yaml", "space: {family: gpt2}\nobjectives:" +
                                     (objectives.empty() ? "\n  - {name: size, direction: "
                                                           "maximize}\n  - {name: "
                                                           "latency, direction: minimize}\n"
                                                         : objectives));
    folder_.write("evaluations.csv", evaluations);
    EXPECT_TRUE(holds_foreign_run(folder_.path()));
    return read_foreign_run(folder_.path());
  }

  testing::TemporaryFolder folder_;
};

TEST_F(ForeignRun, IsReadFromTwoFiles) {
  const RecordedRun run = read("latency,size,elapsed_s\n0.5,3,1\n,4,2\n");
  ASSERT_EQ(run.evaluations.size(), 2U);
  EXPECT_EQ(run.evaluations[0].values, (std::vector<double>{3, 0.5}));
  EXPECT_EQ(run.evaluations[0].status, Status::kOk);
  EXPECT_EQ(run.evaluations[1].status, Status::kFailed);
  EXPECT_EQ(run.elapsed_s, 2);
  EXPECT_TRUE(run.bounds.empty());
  EXPECT_FALSE(run.end_reason.empty());
}

TEST_F(ForeignRun, KeepsWhatIsInfeasibleOffTheFront) {
  const RecordedRun run = read(
      "archid,size,latency,status,iteration_num,elapsed_s\na,3,0.5,infeasible,0,1\nb,2,0.5,ok,1,"
      "2\n");
  EXPECT_EQ(run.evaluations[0].status, Status::kInfeasible);
  EXPECT_EQ(run.evaluations[1].iteration, 1);
  const auto history = run.history({{"size", {0, 4}}, {"latency", {0, 1}}});
  EXPECT_EQ(history[0].hypervolume, 0);
  EXPECT_EQ(history[1].hypervolume, 0.25);
}

TEST_F(ForeignRun, NamesWhatIsMissing) {
  EXPECT_THAT(error_message([&] { read("size,elapsed_s\n3,1\n"); }), HasSubstr("latency"));
  EXPECT_THAT(error_message([&] { read("size,latency,elapsed_s\n3,fast,1\n"); }),
              HasSubstr("evaluations.csv:2: column 'latency' is 'fast', not a number"));
  EXPECT_THAT(error_message([&] { read("size,latency,elapsed_s\n"); }),
              EndsWith("evaluations.csv: has no row"));
  EXPECT_THAT(error_message([&] { read("size\n3\n", " 3\n"); }),
              HasSubstr("config.yaml: is not the configuration of a run"));
}

}  // namespace
}  // namespace lts::search

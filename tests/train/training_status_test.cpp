#include "train/training_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "core/file.h"
#include "tests/temporary_folder.h"
#include "tests/train/card/hand_written_run.h"
#include "train/run_folder.h"

namespace lts::train {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class TrainingStatus : public ::testing::Test {
 protected:
  RunStatus status() const {
    return training_status(run_.path(), fs::file_time_type::clock::now());
  }

  testing::TemporaryFolder folder_;
  HandWrittenRun run_{folder_};
};

TEST_F(TrainingStatus, OfARunThatHasOnlyBegun) {
  EXPECT_TRUE(holds_training_run(run_.path()));
  const RunStatus status = this->status();
  EXPECT_EQ(status.kind, "training");
  EXPECT_EQ(status.state, RunState::kStopped);
  EXPECT_EQ(status.step, 0);
  EXPECT_EQ(status.steps, 24);
  EXPECT_EQ(status.restarts, 0);
  EXPECT_FALSE(status.loss || status.rate || status.checkpoint || status.time_left_s);
}

TEST_F(TrainingStatus, IsWhatTheLastLinesOfTheLogTell) {
  run_.with_log(HandWrittenRun::step_line(8, 5.5) + HandWrittenRun::validation_line(8, 6.25) +
                HandWrittenRun::step_line(10, 5.25, 2) + "{\"step\":12,\"lo");
  const RunStatus status = this->status();
  EXPECT_EQ(status.step, 10);
  EXPECT_EQ(status.loss, 5.25);
  EXPECT_EQ(status.rate, 480);
  EXPECT_EQ(status.rate_unit, "tokens/s");
  EXPECT_EQ(status.restarts, 2);
  EXPECT_EQ(status.elapsed_s, 5);
  EXPECT_EQ(status.time_left_s, 7);
  EXPECT_EQ(status.more.at("tokens"), 480);
  EXPECT_EQ(status.more.at("validation_loss"), 6.25);
  EXPECT_EQ(status.more.at("skipped_steps"), 1);
}

TEST_F(TrainingStatus, HasNoLossWhereAllStepsWereSkipped) {
  run_.with_log("{\"step\":2,\"tokens\":96,\"loss\":null,\"restart\":0}\n");
  const RunStatus status = this->status();
  EXPECT_EQ(status.step, 2);
  EXPECT_EQ(status.loss, std::nullopt);
  EXPECT_TRUE(to_json(status).at("loss").is_null());
}

TEST_F(TrainingStatus, TellsHowOftenTheRunWentBack) {
  run_.with_log("{\"step\":2,\"loss\":5.0,\"skipped_steps\":20,\"rollbacks\":1,\"restart\":0}\n");
  EXPECT_EQ(status().more.at("skipped_steps"), 20);
  EXPECT_EQ(status().more.at("rollbacks"), 1);
}

TEST_F(TrainingStatus, NamesTheNewestCheckpointAndItsAge) {
  run_.with_log(HandWrittenRun::step_line(10, 5.25));
  for (const char* name : {"step-6", "step-12", "step-18.damaged", ".unfinished-24"})
    run_.write("checkpoints/" + std::string(name) + "/manifest.json", "{}");
  const fs::path newest = run_.path() / "checkpoints" / "step-12";
  const auto written = fs::last_write_time(newest / "manifest.json");
  const RunStatus status = training_status(run_.path(), written + std::chrono::seconds(30));
  EXPECT_EQ(status.checkpoint, newest);
  EXPECT_DOUBLE_EQ(status.checkpoint_age_s.value_or(-1), 30);
  EXPECT_EQ(status.step, 12);  // killed after the checkpoint, before the log's next line
}

TEST_F(TrainingStatus, RunsWhileAProcessHoldsTheFolder) {
  {
    const FileLock lock(run_.path() / kLockFile, "this training run");
    EXPECT_EQ(status().state, RunState::kRunning);
  }
  EXPECT_EQ(status().state, RunState::kStopped);
}

TEST_F(TrainingStatus, IsFinishedWithItsResult) {
  run_.finished();
  const RunStatus status = this->status();
  EXPECT_EQ(status.state, RunState::kFinished);
  EXPECT_EQ(status.step, 24);
  EXPECT_EQ(status.time_left_s, 0);
  EXPECT_EQ(status.more.at("perplexity"), 20);
}

TEST_F(TrainingStatus, SaysWhatIsDamaged) {
  run_.finished();
  run_.write("train_results.json", "{\"ste");
  EXPECT_EQ(status().state, RunState::kDamaged);
  EXPECT_THAT(status().flaw, HasSubstr("train_results.json:1:"));
  const auto file = run_.write("train_results.json", "{}");
  EXPECT_EQ(status().flaw, file.string() + ": is no training result: it has no 'steps'");
  run_.write("config.yaml", "steps: [");
  EXPECT_THAT(status().flaw,
              StartsWith((run_.path() / "config.yaml").string() + ":2:1: is not valid YAML"));
}

TEST_F(TrainingStatus, IsOfTrainingRunsOnly) {
  EXPECT_FALSE(holds_training_run(folder_.path()));
  folder_.write("search/config.yaml", "space: {family: gpt2}\n");
  EXPECT_FALSE(holds_training_run(folder_.path() / "search"));
  folder_.write("model/config.yaml", "steps: [");
  EXPECT_FALSE(holds_training_run(folder_.path() / "model"));
}

}  // namespace
}  // namespace lts::train

#include <nlohmann/json.hpp>

#include "core/file.h"
#include "space/model_folder.h"
#include "tests/file_size_limit.h"
#include "tests/train/training_fixture.h"
#include "train/evaluate.h"
#include "train/tokenizer/tokenizer.h"
#include "train/trainer.h"

namespace lts::train {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kConfig =
    "{steps: 8, micro_batch_size: 2, global_batch_size: 4, sequence_length: 24, threads: 2, "
    "learning_rate: 3.0e-3, warmup_steps: 2, dropout: 0.1, log_every: 3, "
    "validate: {every: 4, batches: 2}, checkpoint: {every: 2, keep: 4}}";

/// Thrown by a test in the midst of a run: what a kill does, as far as files go.
struct Killed {};

class TrainRun : public ::testing::Test {
 protected:
  TrainingRun run_of(const std::string& text) {
    root_ = parse_yaml(text, "t.yaml");
    return {read_train_config(root_), tiny_architecture(), data_, gpt2_tokenizer()};
  }

  TrainResult train_whole(const std::string& text, const fs::path& output) {
    return train(run_of(text), output);
  }

  // Trains until `step` steps are done and dies there.
  void train_until(const std::string& text, const fs::path& output, std::int64_t step) {
    TrainingEvents events;
    events.stepped = [&](std::int64_t done, std::int64_t, double) {
      if (done == step) throw Killed();
    };
    EXPECT_THROW(train(run_of(text), output, events), Killed);
  }

  std::string folder_error(const std::string& text, const fs::path& output, Start start) {
    const auto run = run_of(text);
    return error_message([&] { check_folder(run, root_, output, start); });
  }

  // The lines of the log without what measures time and memory.
  static std::vector<json> log_of(const fs::path& output) {
    std::vector<json> lines;
    std::ifstream file(output / "log.jsonl");
    for (std::string line; std::getline(file, line);) {
      auto record = json::parse(line);
      for (const char* key : {"tokens_per_s", "gemm_fraction", "data_wait_fraction",
                              "peak_memory_bytes", "elapsed_s", "time_left_s", "restart"})
        record.erase(key);
      lines.push_back(record);
    }
    return lines;
  }

  TemporaryFolder folder_;
  fs::path one_ = folder_.path() / "one", two_ = folder_.path() / "two";
  TrainData data_{make_data(folder_)};
  YamlNode root_;
};

TEST_F(TrainRun, LearnsAndLeavesAHuggingFaceFolder) {
  const auto result = train_whole(kConfig, one_);
  EXPECT_EQ(result.steps, 8);
  EXPECT_EQ(result.tokens, 8 * 4 * 24);
  const auto log = log_of(one_);
  ASSERT_EQ(log.size(), 5u);  // steps 3, 4 (validation), 6, 8, 8 (validation)
  EXPECT_LT(log[3]["loss"].get<double>(), log[0]["loss"].get<double>() - 0.1);
  EXPECT_EQ(log[4]["validation_loss"], result.validation_loss);
  for (const fs::path& folder : {one_, one_ / "checkpoints" / "step-8"}) {
    for (const char* name : {"config.json", "generation_config.json", "tokenizer.json"})
      EXPECT_TRUE(fs::exists(folder / name)) << folder / name;
    const auto model = space::load_model(folder);
    const auto loss = evaluate(*model, data_.validation,
                               {.sequence_length = 24, .batch_size = 2, .num_batches = 2});
    EXPECT_NEAR(loss.loss, result.validation_loss, 1e-6);
  }
}

TEST_F(TrainRun, TellsWhatOfTheMatrixMultiplyRateItReaches) {
  const auto run = run_of(kConfig);
  train(run, one_);
  const auto environment = json::parse(read_file(one_ / "environment.json"));
  const double rate = environment["gemm_flops_per_s"];
  EXPECT_GT(rate, 1e6);
  const LogRecord last = read_log_end(one_ / "log.jsonl").step.value_or(LogRecord{});
  // Worked by hand: projections, attention over 24 positions, feed-forward block, head.
  const double flops_per_token = 3.0 * (8 * 32 * 32 + 2 * 32 * 25 + 4 * 32 * 48 + 2 * 32 * 50257);
  EXPECT_DOUBLE_EQ(last.gemm_fraction, last.tokens_per_s * flops_per_token / rate);
}

TEST_F(TrainRun, GoesOnBitForBitAfterAKill) {
  train_whole(kConfig, one_);
  train_until(kConfig, two_, 5);  // after the checkpoint of step 4
  const auto result = train_whole(kConfig, two_);
  EXPECT_EQ(result.steps, 8);
  EXPECT_EQ(log_of(two_), log_of(one_));
  for (const char* name : {"model.safetensors", "optimizer.safetensors"}) {
    const fs::path file = fs::path("checkpoints") / "step-8" / name;
    EXPECT_TRUE(read_file(one_ / file) == read_file(two_ / file)) << name;
  }
  EXPECT_THAT(read_file(two_ / "log.jsonl"), HasSubstr("\"restart\":1"));
}

TEST_F(TrainRun, GoesOnFromTheCheckpointBeforeADamagedOne) {
  train_whole(kConfig, one_);
  train_until(kConfig, two_, 7);
  fs::resize_file(two_ / "checkpoints" / "step-6" / "optimizer.safetensors", 1000);
  train_whole(kConfig, two_);
  EXPECT_TRUE(read_file(one_ / "model.safetensors") == read_file(two_ / "model.safetensors"));
  EXPECT_TRUE(fs::exists(two_ / "checkpoints" / "step-6.damaged"));
}

// The disk is full from step 3 to step 7: the checkpoints of 4 and 6 are left out.
TEST_F(TrainRun, GoesOnWhereTheDiskIsFullForAWhile) {
  train_whole(kConfig, one_);
  std::optional<testing::FileSizeLimit> full;
  std::vector<std::string> said;
  TrainingEvents events;
  events.stepped = [&](std::int64_t done, std::int64_t, double) {
    if (done == 3) full.emplace(1'000'000);  // less than the weights
    if (done == 7) full.reset();
  };
  events.said = [&](const std::string& text) { said.push_back(text); };
  train(run_of(kConfig), two_, events);
  EXPECT_EQ(log_of(two_), log_of(one_));
  EXPECT_TRUE(read_file(one_ / "model.safetensors") == read_file(two_ / "model.safetensors"));
  EXPECT_THAT(said, ElementsAre(AllOf(StartsWith("step 4: "),
                                      HasSubstr("cannot be written: File too large"),
                                      HasSubstr("step-2 is whole; the training goes on")),
                                "step 8: saved again, after 2 tries that failed"));
  EXPECT_FALSE(fs::exists(two_ / "checkpoints" / "step-6"));
}

TEST_F(TrainRun, GoesOnFromTheLastWholeCheckpointAfterAFullDisk) {
  train_whole(kConfig, one_);
  {
    std::optional<testing::FileSizeLimit> full;
    TrainingEvents events;
    events.stepped = [&](std::int64_t done, std::int64_t, double) {
      if (done == 3) full.emplace(1'000'000);
      if (done == 7) throw Killed();
    };
    EXPECT_THROW(train(run_of(kConfig), two_, events), Killed);
  }
  EXPECT_NO_THROW(space::load_model(two_ / "checkpoints" / "step-2"));
  train_whole(kConfig, two_);
  EXPECT_EQ(log_of(two_), log_of(one_));
  EXPECT_TRUE(read_file(one_ / "model.safetensors") == read_file(two_ / "model.safetensors"));
}

TEST_F(TrainRun, StartsAgainWhereAKillLeftNoCheckpoint) {
  train_whole(kConfig, one_);
  train_until(kConfig, two_, 1);
  train_whole(kConfig, two_);
  EXPECT_TRUE(read_file(one_ / "model.safetensors") == read_file(two_ / "model.safetensors"));
}

TEST_F(TrainRun, PrintsAFinishedRunAgain) {
  const auto first = train_whole(kConfig, one_);
  const auto before = fs::last_write_time(one_ / "model.safetensors");
  const auto again = train_whole(kConfig, one_);
  EXPECT_EQ(to_json(again).dump(), to_json(first).dump());
  EXPECT_EQ(fs::last_write_time(one_ / "model.safetensors"), before);
}

// A kill after the last checkpoint was written and before the folder's own files were.
TEST_F(TrainRun, EndsWithTheLastStateInTheFolderItself) {
  train_whole(kConfig, one_);
  const std::string last = read_file(one_ / "model.safetensors");
  fs::remove(one_ / "train_results.json");
  fs::copy_file(one_ / "checkpoints" / "step-6" / "model.safetensors", one_ / "model.safetensors",
                fs::copy_options::overwrite_existing);
  fs::remove(one_ / "config.json");
  train_whole(kConfig, one_);
  EXPECT_TRUE(read_file(one_ / "model.safetensors") == last);
  EXPECT_TRUE(fs::exists(one_ / "config.json"));
  EXPECT_FALSE(fs::exists(one_ / "manifest.json"));  // a checkpoint's own
}

TEST_F(TrainRun, LeavesTheRecordOfARunThatBeganSinceTheCheck) {
  train_until(kConfig, one_, 3);
  const std::string record = read_file(one_ / "config.yaml");
  std::string other = kConfig;
  other.replace(other.find("3.0e-3"), 6, "4.0e-3");
  EXPECT_THAT(error_message([&] { train(run_of(other), one_); }),
              HasSubstr("learning_rate is 0.004, but the run in "));
  EXPECT_EQ(read_file(one_ / "config.yaml"), record);
}

TEST_F(TrainRun, KeepsTheLastCheckpoints) {
  train_whole(
      "{steps: 6, sequence_length: 8, micro_batch_size: 1, checkpoint: {every: 1, keep: 2}}", one_);
  EXPECT_FALSE(fs::exists(one_ / "checkpoints" / "step-4"));
  EXPECT_TRUE(fs::exists(one_ / "checkpoints" / "step-5"));
  EXPECT_TRUE(fs::exists(one_ / "checkpoints" / "step-6"));
}

TEST_F(TrainRun, DoesNotDependOnTheMicroBatchButForRounding) {
  const std::string common = "{steps: 4, global_batch_size: 6, sequence_length: 16, threads: 1, ";
  const auto whole = train_whole(common + "micro_batch_size: 6}", one_);
  const auto split = train_whole(common + "micro_batch_size: 2}", two_);
  EXPECT_NEAR(whole.train_loss, split.train_loss, 1e-5);
}

TEST_F(TrainRun, TrainsInBfloat16WithFp32Checkpoints) {
  const std::string text =
      "{steps: 8, micro_batch_size: 4, sequence_length: 24, dtype: bfloat16, "
      "learning_rate: 3.0e-3, warmup_steps: 2, log_every: 1, "
      "checkpoint: {every: 4}}";
  train_whole(text, one_);
  train_until(text, two_, 5);
  train_whole(text, two_);
  const auto log = log_of(one_);
  EXPECT_LT(log[7]["loss"].get<double>(), log[0]["loss"].get<double>() - 0.1);
  EXPECT_TRUE(read_file(one_ / "model.safetensors") == read_file(two_ / "model.safetensors"));
}

TEST_F(TrainRun, SkipsWhatIsNotFinite) {
  const auto run = run_of(
      "{steps: 100, sequence_length: 8, micro_batch_size: 1, learning_rate: 10, warmup_steps: 0, "
      "weight_decay: 10, gradient_clip: 0, log_every: 1, checkpoint: {every: 0}}");
  // Weights that overflow from the first step on.
  Trainer trainer(run.config, run.architecture, data_.train);
  trainer.parameters().groups()[0].values.fill_(1e38);
  const auto before = trainer.parameters().groups()[1].values.clone();
  const auto result = trainer.step(0);
  EXPECT_TRUE(result.skipped);
  EXPECT_TRUE(torch::equal(trainer.parameters().groups()[1].values, before));
  EXPECT_EQ(trainer.optimizer().num_updates(), 0);
}

TEST_F(TrainRun, RefusesAFolderThatHoldsARun) {
  train_until(kConfig, one_, 3);
  EXPECT_EQ(folder_error(kConfig, one_, Start::kNew),
            one_.string() +
                ": holds a training run already; add --resume to go on with it, or "
                "choose another folder");
}

TEST_F(TrainRun, RefusesToResumeWithAnotherConfiguration) {
  train_until(kConfig, one_, 3);
  std::string other = kConfig;
  other.replace(other.find("3.0e-3"), 6, "4.0e-3");
  EXPECT_THAT(folder_error(other, one_, Start::kResume),
              StartsWith("t.yaml:1:103: learning_rate is 0.004, but the run in " + one_.string() +
                         " has 0.003; "));
  other = kConfig;
  other.replace(other.find("keep: 4"), 7, "keep: 3");
  EXPECT_THAT(folder_error(other, one_, Start::kResume),
              HasSubstr("checkpoint.keep is 3, but the run in "));
}

TEST_F(TrainRun, RefusesToResumeWithAnotherModel) {
  train_until(kConfig, one_, 3);
  const TrainingRun run = {run_of(kConfig).config, tiny_architecture(2), data_, gpt2_tokenizer()};
  EXPECT_THAT(error_message([&] { check_folder(run, root_, one_, Start::kResume); }),
              HasSubstr("model.n_layer is 2, but the run in "));
}

TEST_F(TrainRun, RefusesToResumeOnOtherData) {
  train_until(kConfig, one_, 3);
  const TemporaryFolder elsewhere;
  const TrainData other(make_data(elsewhere, 300));
  const TrainingRun run = {run_of(kConfig).config, tiny_architecture(), other, gpt2_tokenizer()};
  EXPECT_THAT(error_message([&] { train(run, one_); }), HasSubstr("holds other data than the run"));
}

TEST_F(TrainRun, RefusesAFolderOfSomethingElse) {
  folder_.write("one/model.safetensors", "precious");
  for (const Start start : {Start::kNew, Start::kResume})
    EXPECT_THAT(folder_error(kConfig, one_, start),
                HasSubstr("holds 'model.safetensors' of something else"));
  fs::remove_all(one_);
  folder_.write("one/tensorboard/events.out.tfevents.1.other", "precious");
  EXPECT_THAT(folder_error(kConfig, one_, Start::kNew),
              HasSubstr("holds 'tensorboard' of something else"));
  folder_.write("two", "");
  EXPECT_THAT(folder_error(kConfig, two_, Start::kNew), HasSubstr("is a file; a folder"));
}

TEST_F(TrainRun, IsLockedWhileItTrains) {
  TrainingEvents events;
  events.stepped = [&](std::int64_t, std::int64_t, double) {
    EXPECT_THAT(error_message([&] { train(run_of(kConfig), one_); }),
                HasSubstr("this training run is in use by another process"));
    throw Killed();
  };
  EXPECT_THROW(train(run_of(kConfig), one_, events), Killed);
}

}  // namespace
}  // namespace lts::train

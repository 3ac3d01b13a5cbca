#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "tests/file_size_limit.h"
#include "tests/train/training_fixture.h"
#include "train/step_times.h"
#include "train/training_log.h"

namespace lts::train {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

TEST(TrainingLog, WritesTheKeysOfAStep) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "log.jsonl";
  TrainingLog(path, 0).append(
      LogRecord{.step = 10, .tokens = 640, .loss = 2.5, .gemm_fraction = 0.75, .restart = 1});
  const auto line = nlohmann::ordered_json::parse(read_file(path));
  std::vector<std::string> keys;
  for (const auto& [key, value] : line.items()) keys.push_back(key);
  EXPECT_THAT(keys, ElementsAre("step", "tokens", "loss", "grad_norm", "learning_rate",
                                "tokens_per_s", "gemm_fraction", "data_wait_fraction",
                                "comm_wait_fraction", "peak_memory_bytes", "skipped_steps",
                                "rollbacks", "elapsed_s", "time_left_s", "restart"));
  EXPECT_EQ(line["step"], 10);
  EXPECT_EQ(line["loss"], 2.5);
  EXPECT_EQ(line["gemm_fraction"], 0.75);
  EXPECT_EQ(read_log_end(path).step.value_or(LogRecord{}).gemm_fraction, 0.75);
}

TEST(TrainingLog, ReadsLinesOfBeforeThereWasAGemmFraction) {
  const TemporaryFolder folder;
  const auto end = read_log_end(
      folder.write("log.jsonl", "{\"step\":10,\"tokens_per_s\":480.5,\"restart\":2}\n"));
  ASSERT_TRUE(end.step);
  EXPECT_EQ(end.step->tokens_per_s, 480.5);
  EXPECT_TRUE(std::isnan(end.step->gemm_fraction));
}

TEST(TrainingLog, WritesNoNaN) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "log.jsonl";
  TrainingLog(path, 0).append(
      LogRecord{.step = 1, .loss = std::numeric_limits<double>::quiet_NaN()});
  EXPECT_TRUE(json::parse(read_file(path))["loss"].is_null());
}

TEST(TrainingLog, KeepsLinesWhileTheDiskIsFullAndWritesThemLater) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "log.jsonl";
  TrainingLog log(path, 0);
  log.append(LogRecord{.step = 10});
  const std::string first = read_file(path);
  {
    const testing::FileSizeLimit full(first.size() + 20);  // some of the next line would fit
    log.append(LogRecord{.step = 20});
    log.append(ValidationRecord{.step = 20});
    EXPECT_EQ(read_file(path), first);
    EXPECT_EQ(error_message([&] { log.flush(); }, ErrorKind::kRuntime),
              path.string() + ": cannot be written: File too large");
    EXPECT_EQ(read_file(path), first);
  }
  log.append(LogRecord{.step = 30});
  std::vector<int> steps;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    steps.push_back(json::parse(line)["step"].get<int>());
  EXPECT_THAT(steps, ::testing::ElementsAre(10, 20, 20, 30));
}

TEST(TrainingLog, DropsStepsThatWillBeMadeAgainAndATornLine) {
  const TemporaryFolder folder;
  const std::string first = "{\"step\":10,\"restart\":0}\n",
                    second = "{\"step\":20,\"restart\":2}\n";
  const auto path =
      folder.write("log.jsonl", first + second + "{\"step\":30,\"restart\":2}\n{\"st");
  EXPECT_EQ(last_restart(path), 2);
  { const TrainingLog log(path, 25); }
  EXPECT_EQ(read_file(path), first + second);
  { const TrainingLog log(path, 10); }
  EXPECT_EQ(read_file(path), first);
}

TEST(TrainingLog, KeepsWhatComesAfterADamagedLine) {
  const TemporaryFolder folder;
  const std::string text =
      "{\"step\":10,\"restart\":0}\n" + std::string(7, '\0') + "\n{\"step\":20,\"restart\":2}\n";
  const auto path = folder.write("log.jsonl", text);
  EXPECT_EQ(last_restart(path), 2);
  { const TrainingLog log(path, 20); }
  EXPECT_EQ(read_file(path), text);
}

TEST(TrainingLog, KnowsNoRestartWithoutARecord) {
  const TemporaryFolder folder;
  EXPECT_EQ(last_restart(folder.path() / "log.jsonl"), std::nullopt);
  EXPECT_EQ(last_restart(folder.write("log.jsonl", "foreign\n")), std::nullopt);
}

TEST(StepTimes, TakeTheMedianAfterTheSecondStep) {
  StepTimes times(100);
  EXPECT_EQ(times.tokens_per_s(), 0);
  for (const double step_s : {9.0, 7.0, 0.5, 4.0, 1.0}) times.add(step_s, step_s / 4);
  EXPECT_DOUBLE_EQ(times.median_s(), 1.0);
  EXPECT_DOUBLE_EQ(times.tokens_per_s(), 100.0);
  EXPECT_DOUBLE_EQ(times.data_wait_fraction(), 0.25);
}

}  // namespace
}  // namespace lts::train

#include "core/run_status.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

#include "tests/temporary_folder.h"

namespace lts {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

TEST(RunStatus, GivesEveryKeyAndNullForWhatIsAbsent) {
  const RunStatus status{.folder = "runs/a", .kind = "training"};
  const auto json = to_json(status);
  EXPECT_EQ(json.at("run_dir"), "runs/a");
  EXPECT_EQ(json.at("state"), "stopped");
  for (const char* key :
       {"error", "step", "steps", "loss", "rate", "rate_unit", "last_checkpoint",
        "last_checkpoint_age_s", "restarts", "elapsed_s", "time_left_s", "silent_s"})
    EXPECT_TRUE(json.at(key).is_null()) << key;
}

TEST(RunStatus, GivesWhatIsKnownAndWhatOnlyThisKindHas) {
  RunStatus status{.folder = "runs/a",
                   .kind = "training",
                   .state = RunState::kRunning,
                   .step = 10,
                   .steps = 20,
                   .loss = 2.5,
                   .rate = 100,
                   .rate_unit = "tokens/s",
                   .checkpoint = "runs/a/checkpoints/step-5",
                   .restarts = 0};
  status.more["tokens"] = 640;
  const auto json = to_json(status);
  EXPECT_EQ(json.at("state"), "running");
  EXPECT_EQ(json.at("step"), 10);
  EXPECT_EQ(json.at("loss"), 2.5);
  EXPECT_EQ(json.at("last_checkpoint"), "runs/a/checkpoints/step-5");
  EXPECT_EQ(json.at("restarts"), 0);
  EXPECT_EQ(json.at("tokens"), 640);
}

TEST(RunStatus, NamesEachStateDifferently) {
  std::set<std::string_view> names;
  for (const auto state :
       {RunState::kRunning, RunState::kStopped, RunState::kFinished, RunState::kDamaged})
    names.insert(name_of(state));
  EXPECT_EQ(names.size(), 4u);
}

TEST(FileAge, IsCountedFromTheLastChange) {
  const testing::TemporaryFolder folder;
  const auto file = folder.write("x", "");
  const auto changed = fs::last_write_time(file);
  EXPECT_DOUBLE_EQ(file_age_s(file, changed + std::chrono::seconds(90)).value_or(-1), 90);
  EXPECT_EQ(file_age_s(file, changed - std::chrono::seconds(5)), 0.0);  // another machine's clock
  EXPECT_EQ(file_age_s(folder.path() / "none", changed), std::nullopt);
}

}  // namespace
}  // namespace lts

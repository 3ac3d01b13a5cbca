#include "predictor/yardstick.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/temporary_folder.h"

namespace lts::predictor {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFolder;

const nlohmann::ordered_json kBoard = {{"board", "A"}};

struct YardsticksTest : ::testing::Test {
  TemporaryFolder folder{};
  std::filesystem::path file = folder.path() / "yardsticks.jsonl";
  HardwareConfig config{};
};

TEST_F(YardsticksTest, AreFoundByAnotherProcessThatMeasuresTheSameOnTheSameDevice) {
  const Yardsticks yardsticks(file);
  EXPECT_EQ(yardsticks.find(config, kBoard), std::nullopt);
  yardsticks.keep(config, kBoard, {0.5, 0.25});
  yardsticks.keep(config, kBoard, {0.125, 0.25});
  HardwareConfig same = config;
  same.name = "another label";
  same.stop.max_seconds = 20;
  same.device_wait_s = 1;
  EXPECT_EQ(Yardsticks(file).find(same, kBoard), (Yardstick{0.125, 0.25})) << "the newest";
}

TEST_F(YardsticksTest, OfOtherRunsOrDevicesAreNot) {
  const Yardsticks yardsticks(file);
  yardsticks.keep(config, kBoard, {0.5, 0.25});
  HardwareConfig longer = config;
  longer.sequence_length = 1024;
  EXPECT_EQ(yardsticks.find(longer, kBoard), std::nullopt);
  EXPECT_EQ(yardsticks.find(config, {{"board", "B"}}), std::nullopt);
}

TEST_F(YardsticksTest, ADamagedRecordIsLeftOut) {
  const Yardsticks yardsticks(file);
  yardsticks.keep(config, kBoard, {0.5, 0.25});
  std::ofstream(file, std::ios::app) << "{\"checksum\": \"torn";
  EXPECT_EQ(yardsticks.find(config, kBoard), (Yardstick{0.5, 0.25}));
  yardsticks.keep(config, kBoard, {0.125, 0.25});
  EXPECT_EQ(yardsticks.find(config, kBoard), (Yardstick{0.125, 0.25}));
}

TEST_F(YardsticksTest, WithoutAFileEveryProcessHasItsOwn) {
  const Yardsticks none(std::nullopt);
  none.keep(config, kBoard, {0.5, 0.25});
  EXPECT_EQ(none.find(config, kBoard), std::nullopt);
  const Yardsticks unwritable(folder.path() / "missing" / "yardsticks.jsonl");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(unwritable.find(config, kBoard), std::nullopt);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("the speed of this device is not shared with other lts processes: "));
}

}  // namespace
}  // namespace lts::predictor

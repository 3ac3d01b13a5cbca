#include "predictor/profilers/profilers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "tests/expect_error.h"

namespace lts::predictor {
namespace {

TEST(DeviceKinds, EachIsMadeFromDefaultsAndHasAnExample) {
  std::set<std::string_view> shown;
  for (const auto& file : std::filesystem::directory_iterator(LTS_SOURCE_DIR "/configs/hardware")) {
    if (file.is_directory()) continue;  // the devices' programs
    const HardwareConfig config = load_hardware(file.path());
    for (const DeviceEntry& entry : device_kinds()) {
      if (!entry.drives(config)) continue;
      shown.insert(entry.name);
      break;
    }
  }
  for (const DeviceEntry& entry : device_kinds()) {
    EXPECT_TRUE(shown.contains(entry.name)) << entry.name << " has no file in configs/hardware";
  }
  EXPECT_NE(make_profiler({}), nullptr);
}

TEST(DeviceKinds, TheProcessItselfIsNoDeviceOfAFileWithRun) {
  const HardwareConfig config = read_hardware(parse_yaml("run: [x]", "hw.yaml"), "hw");
  for (const DeviceEntry& entry : device_kinds()) {
    EXPECT_EQ(entry.drives(config), entry.name == "remote");
  }
}

TEST(DeviceKinds, AnUndrivenDeviceIsRefusedAtItsPlace) {
  const HardwareConfig config{.device = "abacus", .place = {"hw.yaml", 1, 9}};
  EXPECT_EQ(testing::error_message([&] { make_profiler(config); }),
            "hw.yaml:1:9: nothing drives device 'abacus'");
}

}  // namespace
}  // namespace lts::predictor

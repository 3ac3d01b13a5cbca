#include "predictor/profilers/profilers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "tests/expect_error.h"

namespace lts::predictor {
namespace {

TEST(Profilers, EachIsMadeFromDefaultsAndHasAnExample) {
  std::set<std::string_view> shown;
  for (const auto& file : std::filesystem::directory_iterator(LTS_SOURCE_DIR "/configs/hardware")) {
    if (file.is_directory()) continue;  // the devices' programs
    const HardwareConfig config = load_hardware(file.path());
    const auto driver =
        std::ranges::find_if(profilers(), [&](const auto& entry) { return entry.drives(config); });
    if (driver != profilers().end()) {
      shown.insert(driver->name);
    } else {
      EXPECT_TRUE(config.remote) << file.path() << " is driven by no profiler";
    }
  }
  for (const ProfilerEntry& entry : profilers()) {
    EXPECT_TRUE(shown.contains(entry.name)) << entry.name << " has no file in configs/hardware";
  }
  EXPECT_NE(make_profiler({}), nullptr);
}

TEST(Profilers, TheProcessItselfIsNoDeviceOfAFileWithRun) {
  const HardwareConfig config = read_hardware(parse_yaml("run: [x]", "hw.yaml"), "hw");
  for (const ProfilerEntry& entry : profilers()) {
    EXPECT_FALSE(entry.name == "torch" && entry.drives(config));
  }
}

TEST(Profilers, AnUndrivenDeviceIsRefusedAtItsPlace) {
  const HardwareConfig config{.device = "abacus", .place = {"hw.yaml", 1, 9}};
  EXPECT_EQ(testing::error_message([&] { make_profiler(config); }),
            "hw.yaml:1:9: no profiler drives device 'abacus'");
}

}  // namespace
}  // namespace lts::predictor

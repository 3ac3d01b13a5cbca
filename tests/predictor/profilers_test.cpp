#include "predictor/profilers/profilers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "predictor/profilers/remote_tools.h"
#include "space/family.h"
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

TEST(RemoteTools, SayWhyThereAreNoLogitsOfOurs) {
  const HardwareConfig config = read_hardware(parse_yaml("run: [x]", "hw.yaml"), "hw");
  const space::Architecture huge(space::family_named("gpt2"),
                                 {10, 1'000'000, 1'000'000, 1, 50257, 1024});
  EXPECT_THAT(testing::error_message([&] { remote_tools(config).log_probabilities(huge); },
                                     ErrorKind::kRuntime),
              ::testing::HasSubstr("our own log-probabilities cannot be computed: "));
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

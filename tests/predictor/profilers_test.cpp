#include "predictor/profilers/profilers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "tests/expect_error.h"

namespace lts::predictor {
namespace {

TEST(Profilers, EachIsMadeFromDefaultsAndHasAnExample) {
  std::set<std::string_view> shown;
  for (const auto& file : std::filesystem::directory_iterator(LTS_SOURCE_DIR "/configs/hardware")) {
    if (file.is_directory()) continue;  // devices/: programs that run there
    const HardwareConfig config = load_hardware(file.path());
    for (const ProfilerEntry& entry : profilers()) {
      if (!entry.drives(config)) continue;
      shown.insert(entry.name);
      break;
    }
  }
  for (const ProfilerEntry& entry : profilers()) {
    EXPECT_TRUE(shown.contains(entry.name)) << entry.name << " has no file in configs/hardware";
  }
  EXPECT_NE(make_profiler({}), nullptr);
}

TEST(Profilers, AnUndrivenDeviceIsRefusedAtItsPlace) {
  const HardwareConfig config{.device = "abacus", .place = {"hw.yaml", 1, 9}};
  EXPECT_EQ(testing::error_message([&] { make_profiler(config); }),
            "hw.yaml:1:9: no profiler drives device 'abacus'");
}

}  // namespace
}  // namespace lts::predictor

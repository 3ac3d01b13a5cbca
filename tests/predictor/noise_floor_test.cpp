#include "predictor/noise_floor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/expect_error.h"

namespace lts::predictor {
namespace {

using testing::error_message;
using Samples = std::vector<double>;

TEST(NoiseFloor, OfBlocksByHand) {
  // Medians 1.0, 1.1, 1.2, 1.3, 1.4: quantiles 0.025 and 0.975 lie a tenth of a step inside.
  const NoiseFloor noise = summarise_blocks(
      {{0.9, 1.0, 1.1}, {1.1, 1.1, 1.1}, {1.2, 1.2, 9.0}, {1.3, 1.3, 1.3}, {1.4, 1.4, 1.4}});
  EXPECT_DOUBLE_EQ(noise.median_s, 1.2);
  EXPECT_NEAR(noise.noise_percent, 100 * (1.39 - 1.01) / 2 / 1.2, 1e-9);
  EXPECT_NEAR(noise.drift_percent, 100 * (1.35 / 1.05 - 1), 1e-9) << "1.0 1.1 before 1.3 1.4";
  EXPECT_EQ(noise.runs_per_block, 3);
}

TEST(NoiseFloor, KnowsACoarseClockByTimesThatRepeat) {
  EXPECT_NEAR(summarise_blocks({{1.0, 1.0, 1.1}, {1.1, 1.1, 1.3}}).clock_step_s, 0.1, 1e-12);
  EXPECT_EQ(summarise_blocks({{1.0, 1.01, 1.02}, {1.03, 1.0, 1.05}}).clock_step_s, 0);
}

TEST(NoiseFloor, OfADeviceThatStandsStillIsZero) {
  const NoiseFloor noise = summarise_blocks(std::vector<Samples>(10, Samples(4, 0.5)));
  EXPECT_EQ(noise.noise_percent, 0);
  EXPECT_EQ(noise.drift_percent, 0);
  EXPECT_EQ(noise.clock_step_s, 0);
}

TEST(NoiseFloor, NeedsAClockThatMoves) {
  EXPECT_EQ(error_message(
                [] {
                  summarise_blocks({{0, 0}, {0, 0}});
                },
                ErrorKind::kRuntime),
            "the sentinel takes no time by the device's clock");
}

/// A device whose runs all take `run_s`, and its clock.
struct FakeDevice {
  double run_s;
  double now_s = 100;
  std::vector<int> asked{};

  NoiseFloor measure(
      double seconds, const std::function<void()>& between = [] {}) {
    const auto time_runs = [&](int runs) {
      asked.push_back(runs);
      now_s += runs * run_s;
      return Samples(static_cast<std::size_t>(runs), run_s);
    };
    return measure_noise_floor(
        time_runs, seconds, [&] { return now_s; }, between);
  }
};

TEST(NoiseFloor, TimesTwentyBlocksAfterAWarmUp) {
  FakeDevice device{.run_s = 1.0 / 64};
  int between = 0;
  const NoiseFloor noise = device.measure(5, [&] { ++between; });
  ASSERT_EQ(noise.runs_per_block, 16);
  EXPECT_EQ(noise.block_medians_s.size(), 20U);
  EXPECT_EQ(between, 20);
  EXPECT_THAT(Samples(device.asked.begin(), device.asked.begin() + 4),
              ::testing::ElementsAre(1, 1, 1, 16));
}

TEST(NoiseFloor, TimesMoreBlocksRatherThanLongerOnes) {
  FakeDevice device{.run_s = 1.0 / 64};
  const NoiseFloor noise = device.measure(50);
  EXPECT_EQ(noise.runs_per_block, 16);
  EXPECT_EQ(noise.block_medians_s.size(), 200U);
}

TEST(NoiseFloor, TimesEightBlocksOfAModelThatIsSlow) {
  FakeDevice device{.run_s = 8};
  const NoiseFloor noise = device.measure(5);
  EXPECT_EQ(noise.runs_per_block, 1);
  EXPECT_EQ(noise.block_medians_s.size(), 8U);
}

}  // namespace
}  // namespace lts::predictor

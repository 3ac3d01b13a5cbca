#include "predictor/sentinel.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_device.h"

namespace lts::predictor {
namespace {

using testing::fake_sentinel;
using testing::FakeModel;
using testing::FakeTime;

constexpr std::int64_t kWeightBytes = 100;  // of FakeModel

Stopwatch stopwatch_of(FakeTime& time) {
  return {.now_s = [&] { return time.now_s; }, .waited_s = [&] { return time.waited_s; }};
}

Sentinel sentinel_in(FakeTime& time, std::optional<Yardstick> kept = {}) {
  return {fake_sentinel(time), stopwatch_of(time), kept};
}

SentinelModels models_of(FakeTime& time, double compute_s, double memory_s) {
  return {.compute = std::make_unique<FakeModel>(time, std::vector<double>{compute_s}),
          .memory = std::make_unique<FakeModel>(time, std::vector<double>{memory_s})};
}

TEST(Sentinel, HasThePositionsOfTheProtocolAndNoFlaw) {
  HardwareConfig config;
  config.sequence_length = 100;
  config.past_length = 28;
  const auto [compute, memory] = sentinel_architectures(config);
  for (const auto& architecture : {compute, memory}) {
    EXPECT_EQ(architecture.scalar("max_sequence_length"), 128);
    EXPECT_EQ(architecture.family().flaw(architecture), std::nullopt);
  }
}

TEST(Sentinel, TellsHowMuchSlowerTheDeviceIsThanAtFirst) {
  FakeTime time;
  Sentinel sentinel = sentinel_in(time);
  EXPECT_EQ(sentinel.yardstick(), Yardstick{});
  EXPECT_EQ(sentinel.slowdown().compute, 1.0);
  EXPECT_EQ(sentinel.yardstick(), (Yardstick{0.0625, 0.0625}));
  time.slowdown = [](double) { return 1.25; };
  const Slowdown slowdown = sentinel.slowdown();
  EXPECT_EQ(slowdown.compute, 1.25);
  EXPECT_EQ(slowdown.memory, 1.25);
  EXPECT_EQ(sentinel.yardstick(), (Yardstick{0.0625, 0.0625}));
}

// Eight seconds' worth of blocks of which every third is disturbed: the quartile is a calm one.
TEST(Sentinel, TheYardstickIsACalmOne) {
  FakeTime time;
  int runs = 0;
  time.slowdown = [&](double) { return ++runs / 8 % 3 == 0 ? 2.0 : 1.0; };
  Sentinel sentinel = sentinel_in(time);
  sentinel.slowdown();
  EXPECT_EQ(sentinel.yardstick(), (Yardstick{0.0625, 0.0625}));
}

TEST(Sentinel, AKeptYardstickHolds) {
  FakeTime time;
  time.slowdown = [](double) { return 1.5; };
  Sentinel sentinel = sentinel_in(time, Yardstick{0.0625, 0.0625});
  EXPECT_EQ(sentinel.slowdown().compute, 1.5);
  EXPECT_EQ(sentinel.yardstick(), (Yardstick{0.0625, 0.0625}));
}

TEST(Sentinel, AYardstickOfABusyDeviceIsReplaced) {
  FakeTime time;
  Sentinel compute = sentinel_in(time, Yardstick{0.08, 0.0625}),
           memory = sentinel_in(time, Yardstick{0.0625, 0.08}),
           nearly = sentinel_in(time, Yardstick{0.075, 0.0625});
  EXPECT_EQ(compute.slowdown().compute, 1.0);
  EXPECT_EQ(memory.slowdown().memory, 1.0);
  EXPECT_EQ(compute.yardstick(), (Yardstick{0.0625, 0.0625}));
  EXPECT_EQ(memory.yardstick(), (Yardstick{0.0625, 0.0625}));
  nearly.slowdown();
  EXPECT_EQ(nearly.yardstick(), (Yardstick{0.075, 0.0625})) << "a fifth faster, not less";
}

TEST(Sentinel, TheUsualSlowdownIsThatOfManyBlocks) {
  FakeTime time;
  Sentinel sentinel = sentinel_in(time);
  sentinel.slowdown();
  time.slowdown = [](double) { return 1.5; };
  for (int i = 0; i < 10; ++i) sentinel.slowdown();
  EXPECT_FALSE(sentinel.usual().has_value()) << "ten blocks are a moment";
  for (int i = 0; i < 20; ++i) sentinel.slowdown();
  EXPECT_EQ(sentinel.usual().value().compute, 1.5);
  EXPECT_EQ(sentinel.usual().value().memory, 1.5);
}

// By hand: exp(0.04879^3 / (0.04879^2 + 0.09531^2)) and so on.
TEST(Sentinel, ASmallSlowdownIsUnsureALargeOneNot) {
  const auto sure_of = [](double slower) { return sure({.compute = slower, .memory = 1}).compute; };
  EXPECT_EQ(sure_of(1), 1);
  EXPECT_NEAR(sure_of(1.05), 1.0102, 1e-4);
  EXPECT_NEAR(sure_of(1.1), 1.0488, 1e-4);
  EXPECT_NEAR(sure_of(2), 1.9744, 1e-4);
  EXPECT_NEAR(sure_of(0.9), 0.9437, 1e-4);
  EXPECT_EQ(sure({.compute = 1, .memory = 2}).compute, 1);
  EXPECT_NEAR(sure({.compute = 1, .memory = 2}).memory, 1.9744, 1e-4);
}

// By hand: 200 bytes of weights stream for 2 x 1/16 s of the 1/2 s on the calm device. With memory
// twice and computing 1.5 times as slow that is 1/4 + 1.5 x 3/8 = 0.8125 s.
TEST(Sentinel, EachPartSlowsItsShareOfARun) {
  FakeTime time;
  Sentinel sentinel = sentinel_in(time);
  sentinel.slowdown();
  const Slowdown slowdown{.compute = 1.5, .memory = 2};
  EXPECT_DOUBLE_EQ(sentinel.calm_time_s(0.8125, slowdown, 2 * kWeightBytes), 0.5);
  EXPECT_DOUBLE_EQ(sentinel.calm_time_s(0.75, slowdown, 0), 0.5) << "no weights: computing alone";
  EXPECT_DOUBLE_EQ(sentinel.calm_time_s(1.0, slowdown, 100 * kWeightBytes), 0.5)
      << "streaming alone";
  EXPECT_DOUBLE_EQ(sentinel.calm_time_s(0.5, {}, 2 * kWeightBytes), 0.5);
}

TEST(Sentinel, WaitingForAProcessorIsNoSlowdown) {
  FakeTime time;
  Sentinel sentinel = sentinel_in(time);
  sentinel.slowdown();
  time.waiting = [](double) { return 3.0; };
  EXPECT_EQ(sentinel.slowdown().compute, 1.0);
}

TEST(Sentinel, LoadedAnewItKeepsItsYardstick) {
  FakeTime time;
  Sentinel sentinel = sentinel_in(time);
  sentinel.slowdown();
  sentinel.unload();
  EXPECT_FALSE(sentinel.loaded());
  sentinel.replace(models_of(time, 0.125, 0.25));
  EXPECT_TRUE(sentinel.loaded());
  const Slowdown slowdown = sentinel.slowdown();
  EXPECT_EQ(slowdown.compute, 2.0);
  EXPECT_EQ(slowdown.memory, 4.0);
}

}  // namespace
}  // namespace lts::predictor

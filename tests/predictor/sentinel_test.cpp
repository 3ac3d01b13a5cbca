#include "predictor/sentinel.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_device.h"

namespace lts::predictor {
namespace {

using testing::FakeModel;
using testing::FakeTime;

Sentinel sentinel_in(FakeTime& time) {
  return {std::make_unique<FakeModel>(time, std::vector<double>{0.0625}),
          {.now_s = [&] { return time.now_s; }, .waited_s = [&] { return time.waited_s; }}};
}

TEST(Sentinel, HasThePositionsOfTheProtocolAndNoFlaw) {
  HardwareConfig config;
  config.sequence_length = 100;
  config.past_length = 28;
  const auto architecture = sentinel_architecture(config);
  EXPECT_EQ(architecture.scalar("max_sequence_length"), 128);
  EXPECT_EQ(architecture.family().flaw(architecture), std::nullopt);
}

TEST(Sentinel, TellsHowMuchSlowerTheDeviceIsThanAtFirst) {
  FakeTime time;
  Sentinel sentinel = sentinel_in(time);
  EXPECT_EQ(sentinel.reference_s(), 0);
  EXPECT_EQ(sentinel.slowdown(), 1.0);
  EXPECT_EQ(sentinel.reference_s(), 0.0625);
  time.slowdown = [](double) { return 1.25; };
  EXPECT_EQ(sentinel.slowdown(), 1.25);
  EXPECT_EQ(sentinel.reference_s(), 0.0625);
}

// Eight seconds' worth of blocks of which every third is disturbed: the quartile is a calm one.
TEST(Sentinel, TheReferenceIsACalmOne) {
  FakeTime time;
  int runs = 0;
  time.slowdown = [&](double) { return ++runs / 4 % 3 == 0 ? 2.0 : 1.0; };
  Sentinel sentinel = sentinel_in(time);
  sentinel.slowdown();
  EXPECT_EQ(sentinel.reference_s(), 0.0625);
}

TEST(Sentinel, ASlowdownIsSteadyNearTheReferenceOrOnceItHasLasted) {
  FakeTime time;
  Sentinel sentinel = sentinel_in(time);
  sentinel.slowdown();
  EXPECT_TRUE(sentinel.is_steady(1.05));
  EXPECT_TRUE(sentinel.is_steady(0.95));
  EXPECT_FALSE(sentinel.is_steady(1.5));
  time.slowdown = [](double) { return 1.5; };
  for (int i = 0; i < 10; ++i) sentinel.slowdown();
  EXPECT_FALSE(sentinel.is_steady(1.5)) << "ten blocks are a moment";
  for (int i = 0; i < 20; ++i) sentinel.slowdown();
  EXPECT_TRUE(sentinel.is_steady(1.5));
  EXPECT_TRUE(sentinel.is_steady(1.0));
  EXPECT_FALSE(sentinel.is_steady(2.0));
}

TEST(Sentinel, WaitingForAProcessorIsNoSlowdown) {
  FakeTime time;
  Sentinel sentinel = sentinel_in(time);
  sentinel.slowdown();
  time.waiting = [](double) { return 3.0; };
  EXPECT_EQ(sentinel.slowdown(), 1.0);
}

TEST(Sentinel, LoadedAnewItKeepsItsReference) {
  FakeTime time;
  Sentinel sentinel = sentinel_in(time);
  sentinel.slowdown();
  sentinel.unload();
  EXPECT_FALSE(sentinel.loaded());
  sentinel.replace(std::make_unique<FakeModel>(time, std::vector<double>{0.125}));
  EXPECT_TRUE(sentinel.loaded());
  EXPECT_EQ(sentinel.slowdown(), 2.0);
}

}  // namespace
}  // namespace lts::predictor

#include "predictor/stopwatch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_device.h"

namespace lts::predictor {
namespace {

using ::testing::ElementsAre;
using testing::FakeModel;
using testing::FakeTime;

Stopwatch in(FakeTime& time) {
  return {.now_s = [&] { return time.now_s; }, .waited_s = [&] { return time.waited_s; }};
}

TEST(Stopwatch, TimesEachRun) {
  FakeTime time;
  FakeModel model(time, {1, 2, 4});
  const Block block = in(time).time(model, 3);
  EXPECT_THAT(block.times_s, ElementsAre(1, 2, 4));
  EXPECT_THAT(block.net_s, ElementsAre(1, 2, 4));
  EXPECT_EQ(block.waited_share, 0);
  EXPECT_FALSE(block.disturbed());
}

// 1 + 2 + 4 s of work, each run lasting twice as long: 7 of 14 s were waited for.
TEST(Stopwatch, ADisturbedBlocksRunsAreItsMeanWithoutTheWaiting) {
  FakeTime time;
  time.waiting = [](double) { return 1.0; };
  FakeModel model(time, {1, 2, 4});
  const Block block = in(time).time(model, 3);
  EXPECT_THAT(block.times_s, ElementsAre(2, 4, 8));
  EXPECT_EQ(block.waited_share, 0.5);
  EXPECT_TRUE(block.disturbed());
  const auto third_of_seven = ::testing::DoubleEq(7.0 / 3);
  EXPECT_THAT(block.net_s, ElementsAre(third_of_seven, third_of_seven, third_of_seven));
}

// 31 of 32 parts of the time, or more than there was: what is left would be noise, or nothing.
TEST(Stopwatch, MoreWaitingThanWorkCanExplainIsLeftIn) {
  for (const double waiting : {31.0, 1e9}) {
    FakeTime time;
    time.waiting = [=](double) { return waiting; };
    FakeModel model(time, {1});
    const Block block = in(time).time(model, 2);
    EXPECT_TRUE(block.disturbed());
    EXPECT_EQ(block.net_s, block.times_s);
  }
}

TEST(Stopwatch, ALittleWaitingIsLeftIn) {
  FakeTime time;
  time.waiting = [](double) { return 0.015625; };
  FakeModel model(time, {1});
  const Block block = in(time).time(model, 2);
  EXPECT_FALSE(block.disturbed());
  EXPECT_THAT(block.net_s, ElementsAre(1.015625, 1.015625));
}

TEST(Stopwatch, OfSeveralThreadsTheWaitingIsToldAndLeftIn) {
  FakeTime time;
  time.waiting = [](double) { return 1.0; };
  FakeModel model(time, {1});
  Stopwatch stopwatch = in(time);
  stopwatch.one_thread = false;
  const Block block = stopwatch.time(model, 2);
  EXPECT_TRUE(block.disturbed());
  EXPECT_THAT(block.net_s, ElementsAre(2, 2));
}

TEST(Stopwatch, WhereTheSystemTellsNothingNothingIsSaid) {
  FakeTime time;
  time.waiting = [](double) { return 1.0; };
  FakeModel model(time, {1});
  const Block block = Stopwatch{.now_s = [&] { return time.now_s; }}.time(model, 2);
  EXPECT_EQ(block.waited_share, 0);
  EXPECT_THAT(block.net_s, ElementsAre(2, 2));
}

TEST(SteadyClock, NeverFalls) {
  const double before_s = steady_now_s();
  EXPECT_GE(steady_now_s(), before_s);
}

}  // namespace
}  // namespace lts::predictor

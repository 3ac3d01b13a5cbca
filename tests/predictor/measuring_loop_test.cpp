#include "predictor/measuring_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

#include "core/error.h"
#include "core/interrupt.h"

namespace lts::predictor {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;

/// Work that takes the times given, then repeats the last `repeat` of them for ever.
struct FakeWork {
  std::vector<double> times_s;
  std::size_t repeat = 1;
  double now_s = 0;
  std::size_t runs = 0;

  TimedWork work() {
    const auto run = [this] {
      const std::size_t first = times_s.size() - repeat;
      now_s += times_s[runs < times_s.size() ? runs : first + (runs - first) % repeat];
      ++runs;
    };
    return {run, [this] { return now_s; }};
  }
};

constexpr StopRule kPatient{.relative_ci = 0.02, .min_runs = 5, .max_runs = 50, .max_seconds = 1e6};

TEST(MeasuringLoop, StopsAtMinRunsWhenTheTimeStandsStill) {
  FakeWork fake{.times_s = {0.125}};
  const Latency latency = measure_latency(fake.work(), kPatient, 0);
  EXPECT_EQ(latency.warmup_runs, 2);
  EXPECT_THAT(latency.samples_s, ElementsAre(0.125, 0.125, 0.125, 0.125, 0.125));
  EXPECT_EQ(latency.median_s, 0.125);
  EXPECT_EQ(latency.mean_s, 0.125);
  EXPECT_EQ(latency.min_s, 0.125);
  EXPECT_EQ(latency.p90_s, 0.125);
  EXPECT_EQ(latency.ci95_s.low, 0.125);
  EXPECT_EQ(latency.ci95_s.high, 0.125);
  EXPECT_EQ(latency.verdict, "clean");
}

TEST(MeasuringLoop, WarmsUpUntilTwoRunsAgree) {
  FakeWork fake{.times_s = {4.0, 2.0, 1.04, 1.0}};
  const Latency latency = measure_latency(fake.work(), kPatient, 0);
  EXPECT_EQ(latency.warmup_runs, 4) << "1.04 and 1.0 are the first within 5 %";
  EXPECT_THAT(latency.samples_s, Each(1.0));
}

TEST(MeasuringLoop, GivesUpWarmingAfterTenRuns) {
  FakeWork fake{.times_s = {1.0, 2.0}, .repeat = 2};
  const Latency latency = measure_latency(fake.work(), kPatient, 0);
  EXPECT_EQ(latency.warmup_runs, 10);
}

TEST(MeasuringLoop, NoisyTimesAreTimedToMaxRunsAndSaidSo) {
  FakeWork fake{.times_s = {1.0, 2.0}, .repeat = 2};
  const Latency latency = measure_latency(fake.work(), kPatient, 0);
  EXPECT_THAT(latency.samples_s, SizeIs(50));
  EXPECT_EQ(latency.verdict, "noisy");
  EXPECT_EQ(latency.median_s, 1.5);
  EXPECT_EQ(latency.mean_s, 1.5);
  EXPECT_EQ(latency.min_s, 1.0);
  EXPECT_EQ(latency.p90_s, 2.0);
  EXPECT_GE(latency.ci95_s.low, 1.0);
  EXPECT_LE(latency.ci95_s.high, 2.0);
  EXPECT_GT(latency.ci95_s.half_width(), 0.02 * 1.5);
}

// By hand, in units of 1/8 s: warm-up may last to 0.33 * 14 = 4.6, so 1 + 2 (one more of 2 would
// end at 5). Samples 1, 2, 1, 2, 1, 2 end at 4, 6, 7, 9, 10, 12 and the 7th at 13. By the median of
// 1 one more would end at 14: it is made, takes 2, and is the last.
TEST(MeasuringLoop, BeginsNoRunThatWouldEndAfterMaxSeconds) {
  FakeWork fake{.times_s = {0.125, 0.25}, .repeat = 2};
  StopRule rule = kPatient;
  rule.min_runs = 2;
  rule.max_seconds = 14 * 0.125;
  const Latency latency = measure_latency(fake.work(), rule, 0);
  EXPECT_EQ(latency.warmup_runs, 2);
  EXPECT_THAT(latency.samples_s, ElementsAre(0.125, 0.25, 0.125, 0.25, 0.125, 0.25, 0.125, 0.25));
  EXPECT_EQ(latency.verdict, "noisy");
}

TEST(MeasuringLoop, BuildingTheModelCountsAsTheCandidatesTime) {
  FakeWork fake{.times_s = {0.125, 0.25}, .repeat = 2};
  StopRule rule = kPatient;
  rule.max_seconds = 14 * 0.125;
  const Latency latency = measure_latency(fake.work(), rule, /*begun_s=*/-10);
  EXPECT_EQ(latency.warmup_runs, 1);
  EXPECT_THAT(latency.samples_s, SizeIs(5)) << "min_runs are made all the same";
}

TEST(MeasuringLoop, ASlowCandidateGetsItsMinRuns) {
  FakeWork fake{.times_s = {100.0, 110.0}, .repeat = 2};
  StopRule rule = kPatient;
  rule.max_seconds = 1.5;
  const Latency latency = measure_latency(fake.work(), rule, 0);
  EXPECT_EQ(latency.warmup_runs, 1);
  EXPECT_THAT(latency.samples_s, ElementsAre(110, 100, 110, 100, 110));
  EXPECT_EQ(latency.verdict, "noisy");
}

TEST(MeasuringLoop, OneSampleSaysNothingOfItsSpread) {
  FakeWork fake{.times_s = {1.0}};
  StopRule rule = kPatient;
  rule.min_runs = rule.max_runs = 1;
  const Latency latency = measure_latency(fake.work(), rule, 0);
  EXPECT_THAT(latency.samples_s, ElementsAre(1.0));
  EXPECT_EQ(latency.verdict, "noisy");
}

TEST(MeasuringLoop, AnOutlierAmongManyLeavesMedianAndVerdict) {
  FakeWork fake{.times_s = {1, 1, 1, 1, 9, 1, 1, 1}};
  const Latency latency = measure_latency(fake.work(), kPatient, 0);
  EXPECT_EQ(latency.median_s, 1.0);
  EXPECT_EQ(latency.verdict, "clean");
  EXPECT_GT(latency.mean_s, 1.0);
}

// In a process of its own: the flag of a signal stays.
TEST(MeasuringLoopDeathTest, ASignalStopsBetweenRuns) {
  const auto interrupted_run = [] {
    install_interrupt_handler();
    FakeWork fake{.times_s = {1.0}};
    TimedWork work = fake.work();
    const auto run = work.run;
    work.run = [&, run] {
      run();
      if (fake.runs == 4) std::raise(SIGTERM);
    };
    try {
      measure_latency(work, kPatient, 0);
    } catch (const Error& error) {
      std::fprintf(stderr, "%zu runs; %s", fake.runs, error.what());
      std::exit(error.exit_status());
    }
  };
  EXPECT_EXIT(interrupted_run(), ::testing::ExitedWithCode(75),
              "4 runs; stopped by a signal: the measurement under way was dropped");
}

}  // namespace
}  // namespace lts::predictor

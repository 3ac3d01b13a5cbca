#include "predictor/measuring_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

#include "core/error.h"
#include "core/interrupt.h"
#include "core/random.h"
#include "predictor/sentinel.h"
#include "tests/fakes/fake_device.h"

namespace lts::predictor {
namespace {

using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::FakeModel;
using testing::FakeTime;
using ::testing::Ge;
using ::testing::SizeIs;

constexpr StopRule kPatient{.relative_ci = 0.02, .min_runs = 5, .max_runs = 50, .max_seconds = 1e6};

/// Without a sentinel, and on a system that counts no waiting.
Latency measure_alone(FakeTime& time, FakeModel& model, const StopRule& rule, double begun_s = 0) {
  const Stopwatch stopwatch{.now_s = [&] { return time.now_s; }};
  return measure_latency({.candidate = model, .stopwatch = stopwatch}, rule, begun_s);
}

struct Alone {
  FakeTime time{};
  FakeModel model;

  explicit Alone(std::vector<double> times_s, std::size_t repeat = 1)
      : model(time, std::move(times_s), repeat) {}
  Latency measure(const StopRule& rule, double begun_s = 0) {
    return measure_alone(time, model, rule, begun_s);
  }
};

TEST(MeasuringLoop, StopsAtMinRunsWhenTheTimeStandsStill) {
  const Latency latency = Alone({0.125}).measure(kPatient);
  EXPECT_EQ(latency.warmup_runs, 2);
  EXPECT_THAT(latency.samples_s, ElementsAre(0.125, 0.125, 0.125, 0.125, 0.125));
  EXPECT_EQ(latency.median_s, 0.125);
  EXPECT_EQ(latency.mean_s, 0.125);
  EXPECT_EQ(latency.min_s, 0.125);
  EXPECT_EQ(latency.p90_s, 0.125);
  EXPECT_EQ(latency.ci95_s.low, 0.125);
  EXPECT_EQ(latency.ci95_s.high, 0.125);
  EXPECT_EQ(latency.relative_ci, 0);
  EXPECT_EQ(latency.stop_reason, "relative_ci");
  EXPECT_EQ(latency.verdict, "clean");
  EXPECT_FALSE(latency.slowdown.has_value());
}

TEST(MeasuringLoop, WarmsUpUntilTwoRunsAgree) {
  const Latency latency = Alone({4.0, 2.0, 1.04, 1.0}).measure(kPatient);
  EXPECT_EQ(latency.warmup_runs, 4) << "1.04 and 1.0 are the first within 5 %";
  EXPECT_THAT(latency.samples_s, Each(1.0));
}

TEST(MeasuringLoop, GivesUpWarmingAfterTenRuns) {
  EXPECT_EQ(Alone({1.0, 2.0}, 2).measure(kPatient).warmup_runs, 10);
}

TEST(MeasuringLoop, NoisyTimesAreTimedToMaxRunsAndSaidSo) {
  const Latency latency = Alone({1.0, 2.0}, 2).measure(kPatient);
  EXPECT_THAT(latency.samples_s, SizeIs(50));
  EXPECT_EQ(latency.verdict, "noisy");
  EXPECT_EQ(latency.stop_reason, "max_runs");
  EXPECT_EQ(latency.median_s, 1.5);
  EXPECT_EQ(latency.mean_s, 1.5);
  EXPECT_EQ(latency.min_s, 1.0);
  EXPECT_EQ(latency.p90_s, 2.0);
  EXPECT_GE(latency.ci95_s.low, 1.0);
  EXPECT_LE(latency.ci95_s.high, 2.0);
  EXPECT_GT(latency.relative_ci, 0.02);
}

// By hand, in units of 1/8 s: warm-up may last to 0.33 * 14 = 4.6, so 1 + 2 (one more of 2 would
// end at 5). Samples 1, 2, 1, 2, 1, 2 end at 4, 6, 7, 9, 10, 12 and the 7th at 13. By the median of
// 1 one more would end at 14: it is made, takes 2, and is the last.
TEST(MeasuringLoop, BeginsNoRunThatWouldEndAfterMaxSeconds) {
  StopRule rule = kPatient;
  rule.min_runs = 2;
  rule.max_seconds = 14 * 0.125;
  const Latency latency = Alone({0.125, 0.25}, 2).measure(rule);
  EXPECT_EQ(latency.warmup_runs, 2);
  EXPECT_THAT(latency.samples_s, ElementsAre(0.125, 0.25, 0.125, 0.25, 0.125, 0.25, 0.125, 0.25));
  EXPECT_EQ(latency.verdict, "noisy");
  EXPECT_EQ(latency.stop_reason, "max_seconds");
}

TEST(MeasuringLoop, BuildingTheModelCountsAsTheCandidatesTime) {
  StopRule rule = kPatient;
  rule.max_seconds = 14 * 0.125;
  const Latency latency = Alone({0.125, 0.25}, 2).measure(rule, /*begun_s=*/-10);
  EXPECT_EQ(latency.warmup_runs, 1);
  EXPECT_THAT(latency.samples_s, SizeIs(5)) << "min_runs are made all the same";
}

TEST(MeasuringLoop, ASlowCandidateGetsItsMinRuns) {
  StopRule rule = kPatient;
  rule.max_seconds = 1.5;
  const Latency latency = Alone({100.0, 110.0}, 2).measure(rule);
  EXPECT_EQ(latency.warmup_runs, 1);
  EXPECT_THAT(latency.samples_s, ElementsAre(110, 100, 110, 100, 110));
  EXPECT_EQ(latency.verdict, "noisy");
}

TEST(MeasuringLoop, OneSampleSaysNothingOfItsSpread) {
  StopRule rule = kPatient;
  rule.min_runs = rule.max_runs = 1;
  const Latency latency = Alone({1.0}).measure(rule);
  EXPECT_THAT(latency.samples_s, ElementsAre(1.0));
  EXPECT_EQ(latency.verdict, "noisy");
}

TEST(MeasuringLoop, AnOutlierAmongManyLeavesMedianAndVerdict) {
  const Latency latency = Alone({1, 1, 1, 1, 9, 1, 1, 1}).measure(kPatient);
  EXPECT_EQ(latency.median_s, 1.0);
  EXPECT_EQ(latency.verdict, "clean");
  EXPECT_GT(latency.mean_s, 1.0);
}

/// A candidate of 1/4 s between looks at a sentinel of 1/16 s.
struct Watched {
  FakeTime time{};
  Stopwatch stopwatch{.now_s = [this] { return time.now_s; },
                      .waited_s = [this] { return time.waited_s; }};
  Sentinel sentinel{testing::fake_sentinel(time), stopwatch};
  FakeModel model{time, {0.25}};

  Latency measure(const StopRule& rule) {
    return measure_latency({.candidate = model, .sentinel = &sentinel, .stopwatch = stopwatch},
                           rule, time.now_s);
  }
};

TEST(MeasuringLoop, ACalmDeviceIsNotCorrected) {
  Watched watched;
  const Latency latency = watched.measure(kPatient);
  EXPECT_THAT(latency.samples_s, ElementsAre(0.25, 0.25, 0.25, 0.25, 0.25));
  EXPECT_EQ(latency.slowdown, 1.0);
  EXPECT_EQ(latency.yardstick, (Yardstick{0.0625, 0.0625}));
  EXPECT_EQ(latency.verdict, "clean");
}

/// What is left of 1/4 s at this slowdown of both parts, once what is sure of it is divided out.
double corrected_s(double slower) {
  const double sure_of_it = sure({.compute = slower, .memory = slower}).compute;
  return 0.25 * slower / sure_of_it;
}

TEST(MeasuringLoop, OfASmallDriftWhatIsSureIsDividedOut) {
  Watched watched;
  watched.measure(kPatient);  // takes the reference
  watched.time.slowdown = [](double) { return 1.0625; };
  const Latency latency = watched.measure(kPatient);
  EXPECT_THAT(latency.samples_s, Each(DoubleNear(corrected_s(1.0625), 1e-12)));
  EXPECT_EQ(latency.raw.back().time_s, 0.25 * 1.0625);
  EXPECT_EQ(latency.slowdown, 1.0625);
  EXPECT_EQ(latency.verdict, "clean") << "within 10 % the sentinel counts as standing still";
}

TEST(MeasuringLoop, ADeviceThatStaysSlowIsCorrectedAndMarked) {
  Watched watched;
  watched.measure(kPatient);
  watched.time.slowdown = [](double) { return 1.5; };
  for (int i = 0; i < 6; ++i) watched.measure(kPatient);  // it gets used to
  const Latency latency = watched.measure(kPatient);
  EXPECT_THAT(latency.samples_s, Each(DoubleNear(corrected_s(1.5), 1e-12)));
  EXPECT_LT(corrected_s(1.5), 0.25 * 1.03);
  EXPECT_EQ(latency.samples_s.size(), 5U) << "calm again, only slower: no need to repeat";
  EXPECT_EQ(latency.slowdown, 1.5);
  EXPECT_EQ(latency.verdict, "noisy");
}

TEST(MeasuringLoop, RunsBesideOtherWorkAreRepeated) {
  Watched watched;
  watched.measure(kPatient);
  const double busy_until_s = watched.time.now_s + 4;
  watched.time.waiting = [&](double now_s) { return now_s < busy_until_s ? 1.0 : 0.0; };
  const Latency latency = watched.measure(kPatient);
  EXPECT_THAT(latency.samples_s, Each(0.25)) << "only those after the load count";
  EXPECT_THAT(latency.samples_s, SizeIs(Ge(5U)));
  EXPECT_GT(latency.raw.size(), latency.samples_s.size()) << "the others are kept";
  EXPECT_FALSE(latency.raw.front().calm);
  EXPECT_EQ(latency.verdict, "clean");
}

TEST(MeasuringLoop, WithoutACalmMomentTheLeastDisturbedHalfCountsWithoutItsWaiting) {
  Watched watched;
  watched.measure(kPatient);
  watched.time.waiting = [](double) { return 1.0; };
  StopRule rule = kPatient;
  rule.max_seconds = 20;
  const Latency latency = watched.measure(rule);
  EXPECT_EQ(latency.stop_reason, "max_seconds");
  EXPECT_EQ(latency.samples_s.size(), latency.raw.size() / 2);
  EXPECT_THAT(latency.samples_s, Each(0.25));
  EXPECT_EQ(latency.raw.front().time_s, 0.5);
  EXPECT_EQ(latency.raw.front().waited_share, 0.5);
  EXPECT_EQ(latency.slowdown, 1.0);
  EXPECT_EQ(latency.verdict, "noisy");
}

// What several threads waited in sum says nothing of the time: only the sentinel corrects it.
TEST(MeasuringLoop, SeveralThreadsAreCorrectedByTheSentinelAlone) {
  Watched watched;
  watched.stopwatch.one_thread = false;
  watched.sentinel = Sentinel(testing::fake_sentinel(watched.time), watched.stopwatch);
  watched.measure(kPatient);
  watched.time.waiting = [](double) { return 1.0; };
  StopRule rule = kPatient;
  rule.max_seconds = 10;
  const Latency latency = watched.measure(rule);
  EXPECT_THAT(latency.samples_s, Each(DoubleNear(corrected_s(2), 1e-12)));
  EXPECT_EQ(latency.slowdown, 2.0);
  EXPECT_EQ(latency.verdict, "noisy");
}

TEST(MeasuringLoop, AnEndlessLoadEndsAtTenTimesMaxRuns) {
  Watched watched;
  watched.measure(kPatient);
  watched.time.waiting = [](double) { return 1.0; };
  EXPECT_THAT(watched.measure(kPatient).raw, SizeIs(500));
}

// A property of every load: what is reported never strays from the calm time by more than the
// sentinel's own tolerance, whatever the mix of calm, slow and busy seconds.
TEST(MeasuringLoop, NoLoadThatComesAndGoesMovesTheMedianFar) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Watched watched;
    watched.measure(kPatient);
    Rng rng(seed);
    std::vector<double> slow, busy;
    for (int second = 0; second < 400; ++second) {
      slow.push_back(1 + 0.5 * rng.random());
      busy.push_back(rng.random() < 0.5 ? rng.random() : 0);
    }
    const auto at = [](const std::vector<double>& values, double now_s) {
      return values[static_cast<std::size_t>(now_s / 3) % values.size()];
    };
    watched.time.slowdown = [&](double now_s) { return at(slow, now_s); };
    watched.time.waiting = [&](double now_s) { return at(busy, now_s); };
    StopRule rule = kPatient;
    rule.max_seconds = 20;
    const Latency latency = watched.measure(rule);
    EXPECT_NEAR(latency.median_s, 0.25, 0.25 * 0.1) << "seed " << seed;
  }
}

// In a process of its own: the flag of a signal stays.
TEST(MeasuringLoopDeathTest, ASignalStopsBetweenRuns) {
  const auto interrupted_run = [] {
    install_interrupt_handler();
    Alone alone({1.0});
    int runs = 0;
    alone.model.before_run = [&] {
      if (++runs == 4) std::raise(SIGTERM);
    };
    try {
      alone.measure(kPatient);
    } catch (const Error& error) {
      std::fprintf(stderr, "%d runs; %s", runs, error.what());
      std::exit(error.exit_status());
    }
  };
  EXPECT_EXIT(interrupted_run(), ::testing::ExitedWithCode(75),
              "4 runs; stopped by a signal: the measurement under way was dropped");
}

}  // namespace
}  // namespace lts::predictor

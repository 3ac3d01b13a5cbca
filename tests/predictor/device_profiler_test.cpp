#include "predictor/device_profiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>
#include <stop_token>

#include "core/interrupt.h"
#include "tests/child_process.h"
#include "tests/expect_error.h"
#include "tests/fakes/fake_device.h"
#include "tests/temporary_folder.h"

namespace lts::predictor {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using testing::error_message;
using testing::FakeDevice;
using testing::FakeTime;
using ::testing::HasSubstr;
using ::testing::StartsWith;

HardwareConfig board() {
  HardwareConfig config;
  config.name = "board";
  config.sequence_length = 64;
  config.device_wait_s = 100;
  return config;
}

space::Architecture of_layers(std::int32_t n_layer) {
  return space::Architecture(space::family_named("gpt2"), {n_layer, 8, 8, 2, 50, 100});
}

/// A device that does what `device` says, in a time of its own, and what measures on it.
struct Bench {
  FakeTime time{};
  std::vector<double> slept_s{};
  FakeDevice* device;
  DeviceProfiler profiler;

  explicit Bench(const HardwareConfig& config = board(),
                 Yardsticks yardsticks = Yardsticks(std::nullopt))
      : Bench(std::make_unique<FakeDevice>(time, config), std::move(yardsticks)) {}

  double median_s(std::int32_t n_layer) {
    return profiler.profile(of_layers(n_layer)).latency.median_s;
  }

 private:
  Bench(std::unique_ptr<FakeDevice> owned, Yardsticks yardsticks)
      : device(owned.get()),
        profiler(std::move(owned),
                 {[this] { return time.now_s; },
                  [this](double seconds) {
                    slept_s.push_back(seconds);
                    time.now_s += seconds;
                  },
                  [] { return "14:02"; }},
                 {}, std::move(yardsticks)) {}
};

constexpr const char* kTwoLayers = "gpt2:n_layer=2,d_model=8,d_inner=8,n_head=2";

TEST(DeviceProfiler, LoadsTheSentinelOnceAndEachCandidate) {
  Bench bench;
  EXPECT_EQ(bench.median_s(2), 0.25);
  EXPECT_EQ(bench.median_s(4), 0.5);
  EXPECT_THAT(bench.device->loaded, ElementsAre("sentinel", "memory sentinel", kTwoLayers,
                                                "gpt2:n_layer=4,d_model=8,d_inner=8,n_head=2"));
}

/// Whether a measurement under `config` keeps the other processes of lts waiting.
bool takes_the_turn(const HardwareConfig& config) {
  const testing::TemporaryFolder folder;
  testing::ChildProcess child([&] {
    ::setenv("LTS_TURN_DIR", folder.path().c_str(), 1);
    Bench(config).median_s(2);
  });
  child.expect_success();
  return !std::filesystem::is_empty(folder.path());
}

TEST(DeviceProfiler, OnlyRunsOnThisMachineTakeItsTurn) {
  HardwareConfig config = board();
  EXPECT_TRUE(takes_the_turn(config));
  config.remote = RemoteConfig{};
  EXPECT_TRUE(takes_the_turn(config));
  config.remote->connection.kind = "ssh";
  EXPECT_FALSE(takes_the_turn(config));
}

TEST(DeviceProfiler, MeasuresAtTheSpeedOfAnEarlierProcess) {
  const testing::TemporaryFolder folder;
  const Yardsticks yardsticks(folder.path() / "yardsticks.jsonl");
  Bench first(board(), yardsticks), second(board(), yardsticks);
  EXPECT_EQ(first.median_s(2), 0.25);
  second.time.slowdown = [](double) { return 1.5; };
  EXPECT_LT(second.median_s(2), 0.25 * 1.03);
  Bench alone;
  alone.time.slowdown = [](double) { return 1.5; };
  EXPECT_EQ(alone.median_s(2), 0.25 * 1.5);
}

TEST(DeviceProfiler, WithoutSentinelOnlyTheCandidateIsLoaded) {
  HardwareConfig config = board();
  config.sentinel = false;
  Bench bench(config);
  EXPECT_EQ(bench.median_s(2), 0.25);
  EXPECT_THAT(bench.device->loaded, ElementsAre(kTwoLayers));
}

/// Before anything of a candidate begins: its max_seconds counts from its loading.
TEST(DeviceProfiler, TheDeviceRestsBeforeEachCandidate) {
  Bench bench;
  bench.device->on_rest = [&] { bench.device->loaded.emplace_back("rest"); };
  bench.median_s(2);
  bench.median_s(2);
  EXPECT_THAT(bench.device->loaded,
              ElementsAre("rest", "sentinel", "memory sentinel", kTwoLayers, "rest", kTwoLayers));
}

TEST(DeviceProfiler, AProfileSaysWhereHowAndWhatMemory) {
  Bench bench;
  const Profile profile = bench.profiler.profile(of_layers(2));
  EXPECT_EQ(profile.hardware, (nlohmann::ordered_json{{"fake", true}}));
  EXPECT_EQ(profile.protocol, hardware_json(board()));
  EXPECT_EQ(profile.memory.weight_bytes, 100);
  EXPECT_EQ(profile.memory.peak_bytes, 170);
  EXPECT_EQ(profile.latency.yardstick, (Yardstick{0.0625, 0.0625}));
  EXPECT_EQ(profile.latency.verdict, "clean");
}

TEST(DeviceProfiler, AChangedStateMarksTheMeasurement) {
  Bench bench;
  int asked = 0;
  bench.device->on_state = [&] {
    return nlohmann::ordered_json("throttled=" + std::to_string(++asked > 3));
  };
  EXPECT_EQ(bench.profiler.profile(of_layers(2)).latency.verdict, "clean");
  const Profile changed = bench.profiler.profile(of_layers(2));
  EXPECT_EQ(changed.latency.verdict, "noisy");
  EXPECT_EQ(changed.extras["state_before"], "throttled=0");
  EXPECT_EQ(changed.extras["state_after"], "throttled=1");
}

TEST(DeviceProfiler, ACandidatesFailureIsThrownAndNotRepeated) {
  Bench bench;
  bench.device->on_load = [](const auto&, bool sentinel) {
    if (!sentinel) throw runtime_error("board", "out of memory");
  };
  EXPECT_EQ(error_message([&] { bench.median_s(2); }, ErrorKind::kRuntime), "board: out of memory");
  EXPECT_THAT(bench.device->loaded, ElementsAre("sentinel", "memory sentinel", kTwoLayers));
  EXPECT_EQ(bench.device->reopened, 0);
}

TEST(DeviceProfiler, TooManyPositionsAreRefusedBeforeTheDeviceIsAsked) {
  Bench bench;
  const auto short_one = space::Architecture(space::family_named("gpt2"), {2, 8, 8, 2, 50, 60});
  EXPECT_THAT(error_message([&] { bench.profiler.profile(short_one); }),
              HasSubstr("sequence_length 64 + past_length 0 is greater than"));
  EXPECT_TRUE(bench.device->loaded.empty());
}

TEST(DeviceProfiler, FiveDifferentFailuresInARowStopTheRun) {
  Bench bench;
  bench.device->on_load = [](const auto& architecture, bool sentinel) {
    if (!sentinel) throw runtime_error("", "no room for " + std::to_string(architecture.n_layer()));
  };
  for (const int n_layer : {2, 3, 3, 3, 4, 5}) {
    EXPECT_EQ(error_message([&] { bench.median_s(n_layer); }, ErrorKind::kRuntime),
              "no room for " + std::to_string(n_layer));
  }
  EXPECT_EQ(error_message([&] { bench.median_s(6); }, ErrorKind::kStopped),
            "board: 5 candidates failed in a row: no room for 2; no room for 3; no room for 4; "
            "no room for 5; no room for 6");
}

TEST(DeviceProfiler, ASuccessEndsTheRowOfFailures) {
  Bench bench;
  bench.device->on_load = [](const auto& architecture, bool sentinel) {
    if (!sentinel && architecture.n_layer() != 6) throw runtime_error("", "no room");
  };
  for (const int n_layer : {2, 3, 4, 5, 6, 7, 8, 9, 10}) {
    if (n_layer == 6) {
      EXPECT_EQ(bench.median_s(n_layer), 0.75);
    } else {
      error_message([&] { bench.median_s(n_layer); }, ErrorKind::kRuntime);
    }
  }
}

TEST(DeviceProfiler, AnAbsentDeviceIsWaitedForAndTheCandidateMeasured) {
  Bench bench;
  bench.median_s(2);
  bool away = true;
  bench.device->on_run = [&](const auto&, bool sentinel) {
    if (away && !sentinel) throw DeviceLost("board: no answer");
  };
  bench.device->on_reopen = [&] {
    if (bench.time.now_s < 20) throw DeviceLost("board: no route to host");
    away = false;
  };
  bench.device->loaded.clear();
  EXPECT_EQ(bench.median_s(3), 0.375);
  EXPECT_GT(bench.device->reopened, 2);
  EXPECT_GE(bench.time.now_s, 20);
  const std::string three = "gpt2:n_layer=3,d_model=8,d_inner=8,n_head=2";
  EXPECT_THAT(bench.device->loaded, ElementsAre(three, "sentinel", "memory sentinel", three))
      << "the sentinel first on return";
}

TEST(DeviceProfiler, WhoHasOtherDevicesIsToldOfALossAtOnceAndMayWaitLater) {
  Bench bench;
  bench.median_s(2);
  bool away = true;
  bench.device->on_run = [&](const auto&, bool sentinel) {
    if (away && !sentinel) throw DeviceLost("board: no answer");
  };
  bench.device->on_reopen = [&] {
    if (bench.time.now_s < 20) throw DeviceLost("board: no route to host");
    away = false;
  };
  std::optional<DeviceLost> loss;
  try {
    bench.profiler.profile_unless_lost(of_layers(3));
  } catch (const DeviceLost& thrown) {
    loss = thrown;
  }
  ASSERT_TRUE(loss.has_value());
  EXPECT_STREQ(loss->what(), "board: no route to host");
  EXPECT_EQ(bench.device->reopened, 1);
  EXPECT_TRUE(bench.slept_s.empty());
  bench.profiler.wait_for_return(*loss);
  EXPECT_FALSE(away);
  EXPECT_EQ(bench.profiler.profile_unless_lost(of_layers(3)).latency.median_s, 0.375);
}

TEST(DeviceProfiler, ADeviceThatIsBackAtOnceKeepsItsCandidate) {
  Bench bench;
  bench.median_s(2);
  int losses = 0;
  bench.device->on_run = [&](const auto&, bool sentinel) {
    if (!sentinel && ++losses == 1) throw DeviceLost("board: no answer");
  };
  EXPECT_EQ(bench.profiler.profile_unless_lost(of_layers(3)).latency.median_s, 0.375);
  EXPECT_EQ(bench.device->reopened, 1);
}

TEST(DeviceProfiler, ARequestedStopEndsTheWait) {
  FakeTime time;
  auto device = std::make_unique<FakeDevice>(time, board());
  device->on_fingerprint = device->on_reopen = [] { throw DeviceLost("board: no route to host"); };
  std::stop_source stop;
  Clock clock = system_clock(stop.get_token());
  clock.time_of_day = [&] {
    stop.request_stop();
    return "14:02";
  };
  DeviceProfiler profiler(std::move(device), clock, stop.get_token());
  EXPECT_EQ(error_message([&] { profiler.fingerprint(); }, ErrorKind::kStopped),
            "board: the candidate that waits for its device is not measured");
}

TEST(DeviceProfiler, TheFingerprintOfAnAbsentDeviceIsWaitedForToo) {
  Bench bench;
  int asked = 0;
  bench.device->on_fingerprint = [&] {
    if (++asked == 1) throw DeviceLost("board: no route to host");
  };
  EXPECT_EQ(bench.profiler.fingerprint(), (nlohmann::ordered_json{{"fake", true}}));
  EXPECT_EQ(bench.device->reopened, 1);
}

TEST(DeviceProfiler, ThePausesGrowToHalfAMinute) {
  Bench bench;
  bench.median_s(2);
  bench.device->on_load = [](const auto&, bool) { throw DeviceLost("board: gone"); };
  bench.device->on_reopen = [] { throw DeviceLost("board: still gone"); };
  EXPECT_EQ(
      error_message([&] { bench.median_s(2); }, ErrorKind::kStopped),
      "board: device lost since 14:02 and not back within device_wait_s 100: board: still gone");
  EXPECT_THAT(bench.slept_s, ElementsAre(1, 2, 4, 8, 16, 30, 30, 9));
}

TEST(DeviceProfiler, ADeviceWhoseSentinelFailsTooIsLost) {
  Bench bench;
  bench.median_s(2);
  bool broken = true;
  bench.device->on_run = [&](const auto&, bool) {
    if (broken) throw runtime_error("board", "bus error");
  };
  bench.device->on_reopen = [&] { broken = bench.time.now_s < 10; };
  EXPECT_EQ(bench.median_s(3), 0.375);
  EXPECT_GE(bench.time.now_s, 10);
}

TEST(DeviceProfiler, ACandidateThatTakesTheDeviceDownThreeTimesHasFailedItself) {
  Bench bench;
  bench.device->on_run = [](const auto& architecture, bool sentinel) {
    if (!sentinel && architecture.n_layer() == 9) throw DeviceLost("board: rebooted");
  };
  EXPECT_EQ(
      error_message([&] { bench.median_s(9); }, ErrorKind::kRuntime),
      "gpt2:n_layer=9,d_model=8,d_inner=8,n_head=2: the device was lost 3 times while it ran: "
      "board: rebooted");
  EXPECT_EQ(bench.device->reopened, 3);
  EXPECT_EQ(bench.median_s(2), 0.25);
}

// A device's program that refuses the protocol does so when it runs, not when it is loaded.
TEST(DeviceProfiler, ASentinelThatNeverRanStopsTheRunAtOnce) {
  for (const auto step : {&FakeDevice::on_load, &FakeDevice::on_run}) {
    Bench bench;
    bench.device->*step = [](const auto&, bool) { throw runtime_error("npu", "no Softmax"); };
    EXPECT_EQ(error_message([&] { bench.median_s(2); }, ErrorKind::kStopped),
              "board: the sentinel cannot run on this device: npu: no Softmax; sentinel: false "
              "measures without it");
    EXPECT_TRUE(bench.slept_s.empty());
  }
}

// Out of memory, and so is the sentinel until the device's program starts anew; again and again.
TEST(DeviceProfiler, ACandidateThatBreaksTheSentinelThreeTimesHasFailedItself) {
  Bench bench;
  bench.median_s(2);
  bool broken = false;
  bench.device->on_run = [&](const auto&, bool sentinel) {
    broken = broken || !sentinel;
    if (broken) throw runtime_error("board", "out of memory");
  };
  bench.device->on_reopen = [&] { broken = false; };
  EXPECT_EQ(
      error_message([&] { bench.median_s(9); }, ErrorKind::kRuntime),
      "gpt2:n_layer=9,d_model=8,d_inner=8,n_head=2: the device was lost 3 times while it ran: "
      "board: the sentinel fails too: board: out of memory");
  EXPECT_EQ(bench.device->reopened, 3);
}

TEST(DeviceProfiler, AStoppedRunIsNotTakenForALostDevice) {
  Bench bench;
  bench.device->on_run = [](const auto&, bool sentinel) {
    if (!sentinel) throw Error(ErrorKind::kStopped, "stopped by a signal");
  };
  EXPECT_EQ(error_message([&] { bench.median_s(2); }, ErrorKind::kStopped), "stopped by a signal");
  EXPECT_EQ(bench.device->reopened, 0);
}

// In a process of its own: the flag of a signal stays.
TEST(DeviceProfilerDeathTest, ASignalEndsTheWait) {
  const auto interrupted_wait = [] {
    install_interrupt_handler();
    Bench bench;
    bench.device->on_load = [](const auto&, bool) { throw DeviceLost("board: gone"); };
    bench.device->on_reopen = [&] {
      if (bench.slept_s.size() == 3) std::raise(SIGTERM);
      throw DeviceLost("board: gone");
    };
    try {
      bench.median_s(2);
    } catch (const Error& error) {
      std::fprintf(stderr, "%s", error.what());
      std::exit(error.exit_status());
    }
  };
  EXPECT_EXIT(interrupted_wait(), ::testing::ExitedWithCode(75),
              "stopped by a signal: the candidate that waits for its device is not measured");
}

TEST(SystemClock, SleepsAndTellsTheTimeOfDay) {
  const Clock clock = system_clock();
  const double begun_s = clock.now_s();
  clock.sleep_s(0.05);
  EXPECT_GE(clock.now_s() - begun_s, 0.05);
  EXPECT_THAT(clock.time_of_day(), ::testing::MatchesRegex("[0-2][0-9]:[0-5][0-9]"));
}

}  // namespace
}  // namespace lts::predictor

#include "predictor/pool_profiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stop_token>
#include <thread>

#include "predictor/device_profiler.h"
#include "tests/expect_error.h"
#include "tests/fakes/fake_device.h"
#include "tests/fakes/fake_profiler.h"

namespace lts::predictor {
namespace {

using testing::FakeProfiler;

space::Architecture of_layers(std::int32_t n_layer) {
  return space::Architecture(space::family_named("gpt2"), {n_layer, 8, 8, 2, 50, 100});
}

std::vector<space::Architecture> up_to(std::int32_t most) {
  std::vector<space::Architecture> out;
  for (std::int32_t n_layer = 1; n_layer <= most; ++n_layer) out.push_back(of_layers(n_layer));
  return out;
}

struct Pool {
  std::shared_ptr<FakeProfiler> first = std::make_shared<FakeProfiler>(),
                                second = std::make_shared<FakeProfiler>();

  PoolProfiler make() const { return PoolProfiler({first, second}); }
};

double expected_s(const space::Architecture& architecture) {
  return FakeProfiler().latency_s(architecture);
}

TEST(PoolProfiler, GivesEachCandidateItsOwnResultInAnyOrder) {
  const Pool pool;
  {
    PoolProfiler profiler = pool.make();
    const auto all = up_to(9);
    profiler.announce(all);
    for (const auto& one : {all[8], all[0], all[4]}) {
      EXPECT_EQ(profiler.profile(one).latency.median_s, expected_s(one));
    }
    for (const std::size_t rest : {1, 2, 3, 5, 6, 7}) {
      EXPECT_EQ(profiler.profile(all[rest]).latency.median_s, expected_s(all[rest]));
    }
  }
  EXPECT_EQ(pool.first->calls() + pool.second->calls(), 9U) << "each is measured once";
}

TEST(PoolProfiler, HasTheFingerprintOfItsFirstDevice) {
  const Pool pool;
  pool.first->hardware = {{"board", "first"}};
  EXPECT_EQ(pool.make().fingerprint(), pool.first->hardware);
}

TEST(PoolProfiler, DevicesWorkAtTheSameTime) {
  const Pool pool;
  std::latch both(2);  // neither candidate ends before both have begun
  pool.first->before = pool.second->before = [&](const auto&) { both.arrive_and_wait(); };
  PoolProfiler profiler = pool.make();
  const auto two = up_to(2);
  profiler.announce(two);
  EXPECT_EQ(profiler.profile(two[0]).latency.median_s, expected_s(two[0]));
  EXPECT_EQ(profiler.profile(two[1]).latency.median_s, expected_s(two[1]));
}

TEST(PoolProfiler, WhatWasNotAnnouncedIsMeasuredToo) {
  const Pool pool;
  PoolProfiler profiler = pool.make();
  EXPECT_EQ(profiler.profile(of_layers(3)).latency.median_s, expected_s(of_layers(3)));
  EXPECT_EQ(profiler.profile(of_layers(3)).latency.median_s, expected_s(of_layers(3)));
}

TEST(PoolProfiler, ANewAnnouncementDropsTheOldOne) {
  const Pool pool;
  std::latch begun(2), go_on(1);
  pool.first->before = pool.second->before = [&](const auto& architecture) {
    if (architecture.n_layer() > 2) return;
    begun.count_down();
    go_on.wait();
  };
  {
    PoolProfiler profiler = pool.make();
    profiler.announce(up_to(50));
    begun.wait();
    profiler.announce({});
    go_on.count_down();
  }
  EXPECT_EQ(pool.first->calls() + pool.second->calls(), 2U) << "those under way are finished";
}

TEST(PoolProfiler, ACandidatesFailureIsItsOwn) {
  const Pool pool;
  pool.first->before = pool.second->before = [](const auto& architecture) {
    if (architecture.n_layer() == 2) throw runtime_error("board", "out of memory");
  };
  PoolProfiler profiler = pool.make();
  const auto all = up_to(4);
  profiler.announce(all);
  EXPECT_EQ(profiler.profile(all[0]).latency.median_s, expected_s(all[0]));
  EXPECT_EQ(testing::error_message([&] { profiler.profile(all[1]); }, ErrorKind::kRuntime),
            "board: out of memory");
  EXPECT_EQ(profiler.profile(all[2]).latency.median_s, expected_s(all[2]));
}

TEST(PoolProfiler, ADeviceThatIsGoneHandsItsCandidateToTheOthers) {
  const Pool pool;
  pool.first->before = [](const auto&) { throw Error(ErrorKind::kStopped, "board: gone"); };
  {
    ::testing::internal::CaptureStderr();
    PoolProfiler profiler = pool.make();
    const auto all = up_to(6);
    profiler.announce(all);
    for (const auto& one : all) {
      EXPECT_EQ(profiler.profile(one).latency.median_s, expected_s(one));
    }
  }
  // Nothing is said where the other board was faster each time.
  EXPECT_EQ(::testing::internal::GetCapturedStderr().find(
                "going on without this device: board: gone") != std::string::npos,
            pool.first->calls() == 1);
  EXPECT_LE(pool.first->calls(), 1U);
}

/// A board that is lost whenever it is asked while others could take over.
class LostBoard final : public FakeProfiler {
 public:
  Profile profile_unless_lost(const space::Architecture&) override {
    lost.count_down();
    throw DeviceLost("pi1: no answer");
  }
  void wait_for_return(const DeviceLost&) override { back.wait(); }

  std::latch lost{1}, back{1};
};

TEST(PoolProfiler, ALostDevicesCandidateIsMeasuredElsewhereWhileItIsWaitedFor) {
  const auto board = std::make_shared<LostBoard>();
  const auto other = std::make_shared<FakeProfiler>();
  other->before = [&](const auto&) { board->lost.wait(); };
  ::testing::internal::CaptureStderr();
  {
    PoolProfiler profiler({board, other});
    const auto all = up_to(6);
    profiler.announce(all);
    for (const auto& one : all) {
      EXPECT_EQ(profiler.profile(one).latency.median_s, expected_s(one));
    }
    board->back.count_down();
  }
  EXPECT_EQ(board->calls(), 0U);
  EXPECT_EQ(other->calls(), 6U);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              ::testing::HasSubstr("pi1: no answer; another device takes its candidate"));
}

/// The end of a pool waits for no board, however long its hardware file would.
TEST(PoolProfiler, EndsWhileItsDevicesAreAway) {
  std::atomic<int> reconnects = 0;
  std::stop_source stop;
  HardwareConfig config;
  config.sentinel = false;
  config.sequence_length = 64;
  config.remote = RemoteConfig{.connection = {.kind = "ssh"}};  // takes no turn of this machine
  std::vector<testing::FakeTime> times(2);
  std::vector<std::shared_ptr<Profiler>> boards;
  for (testing::FakeTime& time : times) {
    auto device = std::make_unique<testing::FakeDevice>(time, config);
    device->on_load = [](const auto&, bool) { throw DeviceLost("board: no answer"); };
    device->on_reopen = [&] {
      ++reconnects;
      throw DeviceLost("board: no answer");
    };
    boards.push_back(std::make_shared<DeviceProfiler>(
        std::move(device), system_clock(stop.get_token()), stop.get_token()));
  }
  PoolProfiler profiler(boards, stop);
  profiler.announce(up_to(4));
  while (reconnects < 4) std::this_thread::yield();
}

TEST(PoolProfiler, TheLastDevicesLossEndsTheRun) {
  const Pool pool;
  pool.first->before =
      pool.second->before = [](const auto&) { throw Error(ErrorKind::kStopped, "board: gone"); };
  PoolProfiler profiler = pool.make();
  profiler.announce(up_to(3));
  EXPECT_EQ(testing::error_message([&] { profiler.profile(of_layers(1)); }, ErrorKind::kStopped),
            "board: gone");
}

}  // namespace
}  // namespace lts::predictor

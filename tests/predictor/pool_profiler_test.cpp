#include "predictor/pool_profiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "tests/expect_error.h"
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
    PoolProfiler profiler = pool.make();
    const auto all = up_to(6);
    profiler.announce(all);
    for (const auto& one : all) {
      EXPECT_EQ(profiler.profile(one).latency.median_s, expected_s(one));
    }
  }
  EXPECT_LE(pool.first->calls(), 1U);
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

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/csv.h"
#include "predictor/device_profiler.h"
#include "predictor/pool_profiler.h"
#include "search/run/run.h"
#include "tests/expect_error.h"
#include "tests/fakes/fake_device.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using predictor::DeviceLost;
using predictor::DeviceProfiler;
using ::testing::AllOf;
using testing::FakeDevice;
using testing::FakeTime;
using ::testing::HasSubstr;

/// A search on a device whose faults a test sets.
class DeviceFaults : public ::testing::Test {
 protected:
  using Faults = std::function<void(FakeDevice&)>;

  std::shared_ptr<predictor::Profiler> board(FakeTime& time, const Faults& faults) {
    predictor::HardwareConfig config;
    config.name = "board";
    config.device_wait_s = 600;
    auto device = std::make_unique<FakeDevice>(time, config);
    if (faults) faults(*device);
    return std::make_shared<DeviceProfiler>(
        std::move(device), predictor::Clock{.now_s = [&time] { return time.now_s; },
                                            .sleep_s = [&time](double s) { time.now_s += s; },
                                            .time_of_day = [] { return "14:02"; }});
  }

  std::string front_of(const std::string& name, const std::shared_ptr<predictor::Profiler>& device,
                       bool resume = false) {
    run_search(config_from(measured_yaml(), device),
               {.folder = folder_.path() / name, .resume = resume});
    return read_file(folder_.path() / name / "front.csv");
  }

  std::string undisturbed() { return front_of("undisturbed", board(calm_, nullptr)); }

  testing::TemporaryFolder folder_;
  FakeTime calm_{}, time_{};
  int runs_ = 0;
};

TEST_F(DeviceFaults, AHostGoneForAWhileChangesNothing) {
  bool away = false;
  double back_s = 0;
  const auto device = board(time_, [&](FakeDevice& fake) {
    fake.on_run = [&](const auto&, bool) {
      if (++runs_ % 300 == 0) {
        away = true;
        back_s = time_.now_s + 100;
      }
      if (away) throw DeviceLost("board: no route to host");
    };
    fake.on_reopen = [&] {
      if (time_.now_s < back_s) throw DeviceLost("board: no route to host");
      away = false;
    };
  });
  EXPECT_EQ(front_of("faulty", device), undisturbed());
  EXPECT_GT(runs_, 600) << "it was away more than once";
}

TEST_F(DeviceFaults, OneThatNeverReturnsStopsTheRunSavedAndResumeGoesOn) {
  const auto device = board(time_, [&](FakeDevice& fake) {
    fake.on_run = [&](const auto&, bool) {
      if (++runs_ > 400) throw DeviceLost("board: no route to host");
    };
    fake.on_reopen = [] { throw DeviceLost("board: still no route"); };
  });
  EXPECT_THAT(
      testing::error_message([&] { front_of("faulty", device); }, ErrorKind::kStopped),
      HasSubstr("faulty: board: device lost since 14:02 and not back within device_wait_s "
                "600: board: still no route; everything measured is saved, --resume goes on"));
  FakeTime later;
  EXPECT_EQ(front_of("faulty", board(later, nullptr), /*resume=*/true), undisturbed());
}

TEST_F(DeviceFaults, ACandidateThatRunsOutOfMemoryIsRecordedAndNotRetried) {
  int asked = 0;
  const auto device = board(time_, [&](FakeDevice& fake) {
    fake.on_load = [&](const auto& architecture, bool sentinel) {
      const bool large = architecture.n_layer() == 4 && architecture.scalar("d_model") == 192;
      if (sentinel || !large) return;
      // The bounds of the hypervolume need the largest member of the space.
      if (++asked > 1) throw runtime_error("board", "out of memory");
    };
  });
  front_of("faulty", device);
  const CsvTable failures = read_csv(folder_.path() / "faulty" / "failures.csv");
  EXPECT_EQ(static_cast<int>(failures.rows.size()), asked - 1);
  EXPECT_GT(asked, 1);
  for (const auto& row : failures.rows) {
    EXPECT_EQ(row[failures.column("reason")], "board: out of memory");
  }
}

TEST_F(DeviceFaults, FiveFailuresInARowStopTheRunWithTheirReasons) {
  const auto device = board(time_, [&](FakeDevice& fake) {
    fake.on_load = [&](const auto& architecture, bool sentinel) {
      if (!sentinel && ++runs_ > 6) {
        throw runtime_error("board", "no operator for " + std::to_string(architecture.n_layer()));
      }
    };
  });
  EXPECT_THAT(testing::error_message([&] { front_of("faulty", device); }, ErrorKind::kStopped),
              AllOf(HasSubstr("board: 5 candidates failed in a row: board: no operator for "),
                    HasSubstr("everything measured is saved, --resume goes on")));
}

TEST_F(DeviceFaults, TwoBoardsFindTheFrontOfOneAndOneMayDie) {
  FakeTime first, second;
  int measured_by_first = 0;
  std::vector<std::shared_ptr<predictor::Profiler>> boards = {
      board(first,
            [&](FakeDevice& fake) {
              fake.on_load = [&](const auto&, bool) {
                if (++measured_by_first > 5) throw DeviceLost("board: gone");
              };
              fake.on_reopen = [] { throw DeviceLost("board: gone"); };
            }),
      board(second, nullptr)};
  const auto pool = std::make_shared<predictor::PoolProfiler>(std::move(boards));
  EXPECT_EQ(front_of("pool", pool), undisturbed());
}

}  // namespace
}  // namespace lts::search

#include "core/activity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/fakes/fake_machine.h"

namespace lts {
namespace {

using testing::FakeMachine;
using ::testing::IsEmpty;

/// Ticks of a second.
std::string seconds(double count) {
  return std::to_string(static_cast<long>(count * static_cast<double>(sysconf(_SC_CLK_TCK))));
}

std::string stat(const std::string& id, const std::string& name, double user_s, double system_s) {
  return id + " (" + name + ") S 1 1 1 0 -1 4194304 100 0 0 0 " + seconds(user_s) + " " +
         seconds(system_s) + " 0 0 20 0 1 0 100 1000 10";
}

TEST(Activity, CountsTheCpusThatThisProcessMayUse) {
  FakeMachine machine;
  machine.cpus({{0, "0"}, {0, "1"}, {0, "2"}});
  machine.file("proc/self/status", "Cpus_allowed_list:\t1-2");
  machine.file("proc/stat",
               "cpu  9 9 9 9 9 9 9 9 9 9\n"
               "cpu0 " +
                   seconds(99) + " 0 0 0 0 0 0 " + seconds(99) + " 0 0\n" + "cpu1 " + seconds(1) +
                   " " + seconds(2) + " " + seconds(3) + " " + seconds(50) + " " + seconds(60) +
                   " " + seconds(4) + " " + seconds(5) + " " + seconds(6) + " 0 0\n" + "cpu2 " +
                   seconds(10) + " 0 0 0 0 0 0 " + seconds(1) + " 0 0\n" +
                   "intr 12345 0 0\nctxt 99");
  const Activity seen = Activity::read(machine.root());
  EXPECT_DOUBLE_EQ(seen.busy_s, 1 + 2 + 3 + 4 + 5 + 10) << "idle, iowait and steal are no work";
  EXPECT_DOUBLE_EQ(seen.stolen_s, 7);
}

TEST(Activity, KnowsItsOwnShareAndTheBusiestOthers) {
  FakeMachine machine;
  machine.file("proc/self/stat", stat("100", "lts", 2, 1));
  machine.file("proc/100/stat", stat("100", "lts", 2, 1));
  machine.file("proc/7/stat", stat("7", "odd) S 9 (name", 5, 0));
  machine.file("proc/8/stat", stat("8", "cc1plus", 1, 1));
  machine.file("proc/9/stat", stat("9", "idle", 3, 0));
  machine.file("proc/uptime", "5 5");
  const Activity before = Activity::read(machine.root());
  EXPECT_DOUBLE_EQ(before.own_s, 3);
  ASSERT_EQ(before.processes.size(), 3U);
  machine.file("proc/100/stat", stat("100", "lts", 9, 9));
  machine.file("proc/7/stat", stat("7", "odd) S 9 (name", 5.5, 0));
  machine.file("proc/8/stat", stat("8", "cc1plus", 1.5, 1.5));
  machine.file("proc/11/stat", stat("11", "new", 0.25, 0));
  const auto found = busiest(before, Activity::read(machine.root()), 2);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "cc1plus");
  EXPECT_DOUBLE_EQ(found[0].cpu_s, 1);
  EXPECT_EQ(found[1].name, "odd) S 9 (name");
  EXPECT_EQ(found[1].id, 7);
  EXPECT_DOUBLE_EQ(found[1].cpu_s, 0.5);
  EXPECT_EQ(busiest(before, Activity::read(machine.root()), 9).size(), 3U) << "the new one too";
}

TEST(Activity, SumsTheWaitingOfItsThreads) {
  FakeMachine machine;
  machine.file("proc/self/task/100/schedstat", "5000000000 1500000000 77");
  machine.file("proc/self/task/101/schedstat", "0 500000000 3");
  EXPECT_EQ(Activity::read(machine.root()).waited_s, 2.0);
  machine.file("proc/self/task/100/schedstat", "0 0 0");
  machine.file("proc/self/task/101/schedstat", "0 0 0");
  EXPECT_EQ(Activity::read(machine.root()).waited_s, std::nullopt) << "a kernel that counts none";
}

TEST(Activity, CountsPagesSwappedInAndOut) {
  FakeMachine machine;
  machine.file("proc/vmstat", "nr_free_pages 12\npswpin 30\npswpout 12\npgfault 99");
  EXPECT_EQ(Activity::read(machine.root()).swapped_pages, 42);
}

TEST(Activity, OfASystemThatTellsNothingIsZero) {
  const Activity seen = Activity::read(FakeMachine().root());
  EXPECT_EQ(seen.busy_s, 0);
  EXPECT_EQ(seen.own_s, 0);
  EXPECT_EQ(seen.waited_s, std::nullopt);
  EXPECT_THAT(seen.processes, IsEmpty());
}

TEST(Activity, OfThisProcessGrowsWithItsWork) {
  const Activity before = Activity::read();
  volatile double sink = 0;
  while (Activity::read().own_s <= before.own_s) {
    for (int i = 0; i < 100000; ++i) sink = sink + 1;
  }
  const Activity after = Activity::read();
  EXPECT_GE(after.busy_s, before.busy_s);
  EXPECT_GT(after.own_s, before.own_s);
}

}  // namespace
}  // namespace lts

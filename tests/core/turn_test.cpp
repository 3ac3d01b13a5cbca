#include "core/turn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <atomic>
#include <csignal>
#include <list>
#include <new>
#include <optional>

#include "core/advisory_lock.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/lock_holders.h"
#include "tests/child_process.h"
#include "tests/expect_error.h"
#include "tests/fakes/fake_machine.h"

namespace lts {
namespace {

using testing::ChildProcess;
using ::testing::ElementsAre;
using testing::error_message;
using testing::FakeMachine;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TemporaryFolder;

void sleep_ms(unsigned milliseconds) { ::usleep(milliseconds * 1000); }

/// What the processes of a test see of each other.
struct Scene {
  std::atomic<int> measuring, working, steps, measurements, broken;
};

/// Turns are a process's, so every test's are those of its children.
class TurnTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("LTS_TURN_DIR", folder_.path().c_str(), 1);
    void* shared =
        ::mmap(nullptr, sizeof(Scene), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(shared, MAP_FAILED);
    scene_ = new (shared) Scene{};
  }
  void TearDown() override {
    ::munmap(scene_, sizeof(Scene));
    ::unsetenv("LTS_TURN_DIR");
  }

  void work(unsigned milliseconds) {
    const WorkTurn turn;
    ++scene_->working;
    if (scene_->measuring > 0) ++scene_->broken;
    sleep_ms(milliseconds);
    if (scene_->measuring > 0) ++scene_->broken;
    --scene_->working;
    ++scene_->steps;
  }
  void measure(unsigned milliseconds) {
    const MeasuringTurn turn;
    if (scene_->measuring++ > 0 || scene_->working > 0) ++scene_->broken;
    sleep_ms(milliseconds);
    if (scene_->working > 0) ++scene_->broken;
    --scene_->measuring;
    ++scene_->measurements;
  }
  static void wait_until(const std::function<bool()>& holds) {
    while (!holds()) sleep_ms(1);
  }
  /// Runs `body` in a child and returns what it wrote to standard error.
  std::string said_by_child(const std::function<void()>& body) {
    const fs::path file = folder_.path() / "stderr";
    ChildProcess child([&] {
      if (!std::freopen(file.c_str(), "w", stderr)) throw std::exception();
      body();
    });
    child.expect_success();
    return read_file(file);
  }

  TemporaryFolder folder_;
  Scene* scene_ = nullptr;
};

TEST_F(TurnTest, AMeasurementIsAloneAndWorkIsNot) {
  std::list<ChildProcess> children;
  for (int worker = 0; worker < 3; ++worker) {
    children.emplace_back([&] {
      while (scene_->measurements < 10) work(2);
    });
  }
  for (int measurer = 0; measurer < 2; ++measurer) {
    children.emplace_back([&] {
      for (int i = 0; i < 5; ++i) measure(3);
    });
  }
  for (ChildProcess& child : children) child.expect_success();
  EXPECT_EQ(scene_->broken, 0);
  EXPECT_EQ(scene_->measurements, 10);
}

TEST_F(TurnTest, WorkOfSeveralProcessesGoesTogether) {
  const auto meet = [&] {
    const WorkTurn turn;
    ++scene_->working;
    wait_until([&] { return scene_->working == 2; });
  };
  ChildProcess one(meet), other(meet);
  one.expect_success();
  other.expect_success();
}

TEST_F(TurnTest, StepsThatOverlapWithoutEndDoNotStarveAMeasurement) {
  std::list<ChildProcess> workers;
  for (int worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&, worker] {
      sleep_ms(10 * static_cast<unsigned>(worker));
      while (scene_->measurements < 3) work(40);
    });
  }
  wait_until([&] { return scene_->working > 1; });
  ChildProcess measurer([&] {
    for (int i = 0; i < 3; ++i) measure(1);
  });
  measurer.expect_success();
  for (ChildProcess& worker : workers) worker.expect_success();
  EXPECT_EQ(scene_->broken, 0);
}

TEST_F(TurnTest, MeasurementsThatFollowEachOtherDoNotStarveWork) {
  ChildProcess measurer([&] {
    while (scene_->steps < 5 && scene_->measurements < 5000) measure(2);
  });
  ChildProcess worker([&] {
    for (int i = 0; i < 5; ++i) work(1);
  });
  worker.expect_success();
  measurer.expect_success();
  EXPECT_LT(scene_->measurements, 5000);
  EXPECT_EQ(scene_->broken, 0);
}

TEST_F(TurnTest, NestsInOneProcess) {
  ChildProcess child([&] {
    const WorkTurn step;
    {
      const MeasuringTurn measuring;
      const WorkTurn inside;
      const MeasuringTurn again;
    }
    const WorkTurn further;
  });
  child.expect_success();
  ChildProcess after([&] { measure(0); });
  after.expect_success();
}

TEST_F(TurnTest, TakesItsWorkUpAgainAfterItsOwnMeasurement) {
  ChildProcess child([&] {
    const WorkTurn step;
    { const MeasuringTurn measuring; }
    scene_->working = 1;
    wait_until([&] { return scene_->steps > 0; });
    sleep_ms(100);
    scene_->working = 0;
  });
  wait_until([&] { return scene_->working == 1; });
  scene_->steps = 1;
  ChildProcess measurer([&] { measure(0); });
  measurer.expect_success();
  EXPECT_EQ(scene_->broken, 0) << "the measurement had to wait for the step's end";
  child.expect_success();
}

TEST_F(TurnTest, OfAKilledProcessIsFree) {
  ChildProcess holder([&] {
    const MeasuringTurn turn;
    scene_->measuring = 1;
    for (;;) ::pause();
  });
  wait_until([&] { return scene_->measuring == 1; });
  holder.kill(SIGKILL);
  holder.wait();
  scene_->measuring = 0;
  ChildProcess other([&] { measure(0); });
  other.expect_success();
}

TEST_F(TurnTest, SaysForWhomItWaits) {
  ChildProcess holder([&] {
    const MeasuringTurn turn;
    scene_->measuring = 1;
    wait_until([&] { return scene_->steps > 0; });
  });
  wait_until([&] { return scene_->measuring == 1; });
  const std::string said = said_by_child([&] {
    ChildProcess release([&] {
      sleep_ms(1500);
      ++scene_->steps;
    });
    const WorkTurn turn;
  });
  holder.expect_success();
  EXPECT_THAT(said, HasSubstr("waiting for another lts measurement"));
}

TEST_F(TurnTest, DoesNotWaitForAStoppedProcess) {
  ChildProcess holder([&] {
    const WorkTurn turn;
    scene_->working = 1;
    for (;;) ::pause();
  });
  wait_until([&] { return scene_->working == 1; });
  if (lock_holders(folder_.path() / "turn").empty()) GTEST_SKIP() << "/proc/locks tells nothing";
  holder.kill(SIGSTOP);
  const std::string said = said_by_child([] { const MeasuringTurn turn; });
  EXPECT_THAT(said, HasSubstr("not waiting for other lts work to pause (process " +
                              std::to_string(holder.id()) + "): stopped"));
}

TEST_F(TurnTest, ASignalEndsTheWaiting) {
  ChildProcess holder([&] {
    const MeasuringTurn turn;
    scene_->measuring = 1;
    for (;;) ::pause();
  });
  wait_until([&] { return scene_->measuring == 1; });
  const auto stopped_while_waiting = [&](const std::function<void()>& body) {
    ChildProcess waiting([&] {
      install_interrupt_handler();
      scene_->steps = 1;
      body();
    });
    wait_until([&] { return scene_->steps == 1; });
    sleep_ms(50);
    waiting.kill(SIGTERM);
    waiting.expect_success();
    scene_->steps = 0;
  };
  stopped_while_waiting([] {
    const std::string message =
        error_message([] { const MeasuringTurn turn; }, ErrorKind::kStopped);
    if (message != "stopped by a signal: nothing was measured") throw std::exception();
  });
  stopped_while_waiting([] { const WorkTurn turn; });
}

TEST_F(TurnTest, WithoutAFolderThereAreNoneAndOneWarning) {
  const std::string file = folder_.write("file", "").string();
  ::setenv("LTS_TURN_DIR", (file + "/inside").c_str(), 1);
  const std::string said = said_by_child([&] {
    for (int i = 0; i < 3; ++i) {
      const WorkTurn turn;
      const MeasuringTurn measuring;
    }
  });
  EXPECT_THAT(said, HasSubstr(file + "/inside: cannot be used, so lts processes do not wait for "
                                     "each other's measurements; LTS_TURN_DIR names another "
                                     "folder\n"));
  EXPECT_EQ(said.find("cannot"), said.rfind("cannot"));
}

TEST(LockHolders, AreReadFromTheKernelsList) {
  const TemporaryFolder folder;
  const fs::path file = folder.write("lock", "");
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  char name[64];
  std::snprintf(name, sizeof name, "%02x:%02x:%ju", major(status.st_dev), minor(status.st_dev),
                static_cast<std::uintmax_t>(status.st_ino));
  FakeMachine machine;
  machine.file("proc/locks", "1: FLOCK  ADVISORY  READ 812 " + std::string(name) +
                                 " 0 EOF\n2: FLOCK  ADVISORY  READ 4711 " + name +
                                 " 0 EOF\n2: -> FLOCK  ADVISORY  WRITE 5 " + name +
                                 " 0 EOF\n3: POSIX  ADVISORY  WRITE 6 " + name +
                                 " 0 EOF\n4: FLOCK  ADVISORY  WRITE 7 08:01:1 0 EOF\n"
                                 "5: FLOCK  ADVISORY  WRITE -1 " +
                                 name + " 0 EOF");
  EXPECT_THAT(lock_holders(file, machine.root()), ElementsAre(812, 4711));
  EXPECT_THAT(lock_holders(folder.path() / "none", machine.root()), IsEmpty());
}

TEST(StoppedProcess, IsKnownByItsState) {
  FakeMachine machine;
  machine.file("proc/12/stat", "12 (odd) R (name) T 1 12 12");
  machine.file("proc/13/stat", "13 (lts) S 1 13 13");
  EXPECT_TRUE(is_stopped(12, machine.root()));
  EXPECT_FALSE(is_stopped(13, machine.root()));
  EXPECT_FALSE(is_stopped(14, machine.root()));
}

TEST(AdvisoryLock, IsSharedOrExclusive) {
  const TemporaryFolder folder;
  auto one = AdvisoryLock::open(folder.path() / "lock");
  auto other = AdvisoryLock::open(folder.path() / "lock");
  ASSERT_TRUE(one && other);
  EXPECT_TRUE(one->try_lock(AdvisoryLock::Mode::kShared));
  EXPECT_TRUE(other->try_lock(AdvisoryLock::Mode::kShared));
  EXPECT_FALSE(other->lock_within(AdvisoryLock::Mode::kExclusive, 0.01));
  one->unlock();
  EXPECT_TRUE(other->try_lock(AdvisoryLock::Mode::kExclusive));
  EXPECT_FALSE(one->try_lock(AdvisoryLock::Mode::kShared));
  EXPECT_FALSE(AdvisoryLock::open(folder.path() / "no" / "lock"));
}

}  // namespace
}  // namespace lts

#include "train/distributed/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace lts::train {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A board in this process, which can go away.
struct SharedNotes {
  std::mutex mutex;
  std::map<std::string, std::string> notes = {{Watch::kLossKey, ""}};
  bool gone = false;
};

class FakeBoard : public Board {
 public:
  explicit FakeBoard(std::shared_ptr<SharedNotes> shared) : shared_(std::move(shared)) {}
  void put(const std::string& key, const std::string& note) override {
    const auto guard = open();
    shared_->notes[key] = note;
  }
  std::vector<std::string> read(const std::vector<std::string>& keys) override {
    const auto guard = open();
    std::vector<std::string> notes;
    for (const auto& key : keys) notes.push_back(shared_->notes[key]);
    return notes;
  }
  std::string put_first(const std::string& key, const std::string& note) override {
    const auto guard = open();
    auto& there = shared_->notes[key];
    if (there.empty()) there = note;
    return there;
  }

 private:
  std::unique_lock<std::mutex> open() {
    std::unique_lock guard(shared_->mutex);
    if (shared_->gone) throw std::runtime_error("Broken pipe");
    return guard;
  }
  std::shared_ptr<SharedNotes> shared_;
};

/// One rank's watch, and what it says when the training is lost.
struct Watcher {
  Watcher(int rank, const std::shared_ptr<SharedNotes>& notes, double step_s, int keeper = 0,
          bool asked_to_stop = false)
      : watch({.rank = rank,
               .hosts = {"a", "b"},
               .keeper = keeper,
               .asked_to_stop = [=] { return asked_to_stop; }},
              std::make_unique<FakeBoard>(notes),
              {.step_s = step_s, .other_s = 600, .stop_s = 2, .beat_s = 0.2},
              [this](const Loss& loss) { lost.set_value(loss); }) {}
  Loss loss() { return lost.get_future().get(); }

  std::promise<Loss> lost;
  Watch watch;
};

class WatchTest : public ::testing::Test {
 protected:
  std::shared_ptr<SharedNotes> notes_ = std::make_shared<SharedNotes>();
};

TEST_F(WatchTest, EndsWhereARankDoesNotComeInTime) {
  Watcher first(0, notes_, 2), second(1, notes_, 600);
  for (const std::int64_t step : {2, 3}) {
    first.watch.enter(Phase::kStep, step);
    second.watch.enter(Phase::kStep, step);
  }
  first.watch.meet();
  const Loss loss = first.loss();
  EXPECT_THAT(loss.reason, StartsWith("rank 1 on b has not come to where the others wait for "));
  EXPECT_THAT(loss.reason, HasSubstr("last seen in step 3 (distributed.timeout_s is 2)"));
  EXPECT_EQ(loss.status, 1);
  EXPECT_EQ(second.loss().reason, loss.reason);  // all ranks give the same reason
}

TEST_F(WatchTest, EndsSoonerAfterARequestToStop) {
  Watcher first(0, notes_, 600, 0, true), second(1, notes_, 600);
  first.watch.enter(Phase::kValidating, 3);
  second.watch.enter(Phase::kValidating, 3);
  first.watch.meet();
  const Loss loss = first.loss();
  EXPECT_THAT(loss.reason, StartsWith("rank 1 on b has not come to where the others wait for "));
  EXPECT_THAT(loss.reason, HasSubstr("last seen validating after step 3 (asked to stop; "
                                     "shutdown_timeout_s is 2)"));
  EXPECT_EQ(second.loss().reason, loss.reason);
}

TEST_F(WatchTest, LetsARankSaveAfterARequestToStop) {
  Watcher first(0, notes_, 600, 0, true), second(1, notes_, 600);
  first.watch.enter(Phase::kSaving, 3);
  first.watch.meet();
  auto lost = first.lost.get_future();
  EXPECT_EQ(lost.wait_for(std::chrono::seconds(3)), std::future_status::timeout);
}

TEST_F(WatchTest, LetsTheFirstStepAndSlowOnesTakeTheirTime) {
  Watcher first(0, notes_, 1, 0, true), second(1, notes_, 600);
  auto lost = first.lost.get_future();
  second.watch.enter(Phase::kStep, 3);
  first.watch.enter(Phase::kStep, 3);  // three seconds, over both limits
  EXPECT_EQ(lost.wait_for(std::chrono::seconds(3)), std::future_status::timeout);
  first.watch.enter(Phase::kStep, 4);
  EXPECT_EQ(lost.wait_for(std::chrono::seconds(4)), std::future_status::timeout);
}

// Rank 0 alone waits for its turn, the others for it, in their step.
TEST_F(WatchTest, DoesNotWaitLongerAfterAStepThatBeganLate) {
  Watcher first(0, notes_, 1), second(1, notes_, 600);
  for (const std::int64_t step : {2, 3}) {
    first.watch.enter(Phase::kStep, step);
    second.watch.enter(Phase::kStep, step);
    if (step == 2) std::this_thread::sleep_for(std::chrono::seconds(4));
    first.watch.enter(Phase::kStep, step);
  }
  first.watch.meet();
  auto lost = first.lost.get_future();  // three such steps would be twelve seconds
  EXPECT_EQ(lost.wait_for(std::chrono::seconds(9)), std::future_status::ready);
}

TEST_F(WatchTest, EndsWhereARankIsSilent) {
  Watcher first(0, notes_, 2);
  {
    Watcher second(1, notes_, 600);
    second.watch.enter(Phase::kStep, 3);
  }
  for (const std::int64_t step : {2, 3}) first.watch.enter(Phase::kStep, step);
  first.watch.meet();
  EXPECT_THAT(first.loss().reason,
              StartsWith("rank 1 on b has died, hangs or cannot be reached: "));
}

TEST_F(WatchTest, SaysWhoIsBehindABrokenConnection) {
  Watcher first(0, notes_, 600);
  { Watcher second(1, notes_, 600); }
  EXPECT_THAT(first.watch.reason_of("Connection closed by peer").reason,
              StartsWith("rank 1 on b has died, hangs or cannot be reached: "));
}

TEST_F(WatchTest, GivesTheErrorWhereAllRanksRun) {
  Watcher first(0, notes_, 600), second(1, notes_, 600);
  EXPECT_EQ(first.watch.reason_of("No route to host").reason,
            "the connection between ranks broke starting: No route to host");
  second.loss();
}

TEST_F(WatchTest, GivesTheReasonOfTheRankThatGaveUp) {
  Watcher first(0, notes_, 600), second(1, notes_, 600);
  second.watch.give_up({"rank 1 on b: block 7 is damaged", 2});
  const Loss loss = first.watch.reason_of("Connection closed by peer");
  EXPECT_EQ(loss.reason, "rank 1 on b: block 7 is damaged");
  EXPECT_EQ(loss.status, 2);
}

TEST_F(WatchTest, EndsWithoutWaitingWhereAnotherGaveUp) {
  Watcher first(0, notes_, 600), second(1, notes_, 600);
  second.watch.give_up({"rank 1 on b: block 7 is damaged", 2});
  EXPECT_EQ(first.loss().reason, "rank 1 on b: block 7 is damaged");
}

TEST_F(WatchTest, BlamesWhoKeepsTheBoardWhereItIsGone) {
  Watcher second(1, notes_, 600);
  {
    const std::lock_guard guard(notes_->mutex);
    notes_->gone = true;
  }
  EXPECT_EQ(second.loss().reason,
            "rank 0 on a has died or cannot be reached any more (Broken pipe)");
}

TEST_F(WatchTest, BlamesTheLauncherForItsOwnBoard) {
  Watcher second(1, notes_, 600, -1);
  {
    const std::lock_guard guard(notes_->mutex);
    notes_->gone = true;
  }
  EXPECT_THAT(second.loss().reason, StartsWith("the store of the launcher has died"));
}

TEST_F(WatchTest, MindsNoEndAfterParting) {
  auto second = std::make_unique<Watcher>(1, notes_, 600);
  second->watch.part();
  {
    const std::lock_guard guard(notes_->mutex);
    notes_->gone = true;
  }
  auto lost = second->lost.get_future();
  EXPECT_EQ(lost.wait_for(std::chrono::milliseconds(600)), std::future_status::timeout);
  second.reset();
}

}  // namespace
}  // namespace lts::train

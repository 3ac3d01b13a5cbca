#include "train/repeated_work.h"

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

namespace lts::train {
namespace {

struct Replays final : space::RecordedGraph {
  explicit Replays(int& count) : count_(count) {}
  void replay() override { ++count_; }
  int& count_;
};

class RepeatedWorkOf : public ::testing::Test {
 protected:
  void run(RepeatedWork& work, int times) {
    for (int i = 0; i < times; ++i) work.run([this] { ++launched_; });
  }
  int launched_ = 0, recorded_ = 0, replayed_ = 0;
};

TEST_F(RepeatedWorkOf, AProcessorIsLaunchedEachTime) {
  RepeatedWork work(false);
  run(work, 5);
  EXPECT_EQ(launched_, 5);
}

TEST_F(RepeatedWorkOf, AGpuIsReplayedFromTheThirdTime) {
  RepeatedWork work(true, [&](const auto&) {
    ++recorded_;
    return space::Recording{.graph = std::make_unique<Replays>(replayed_), .refused = ""};
  });
  run(work, 5);
  EXPECT_EQ(launched_, 2);
  EXPECT_EQ(recorded_, 1);
  EXPECT_EQ(replayed_, 3);
}

TEST_F(RepeatedWorkOf, ARefusedOneIsLaunchedAndNotAskedAgain) {
  RepeatedWork work(true, [&](const auto&) {
    ++recorded_;
    return space::Recording{.graph = nullptr, .refused = "something waits"};
  });
  run(work, 5);
  EXPECT_EQ(launched_, 5);
  EXPECT_EQ(recorded_, 1);
}

TEST_F(RepeatedWorkOf, OneWithoutMemoryForAGraphIsLaunched) {
  RepeatedWork work(true, [&](const auto&) -> space::Recording {
    ++recorded_;
    TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory");
  });
  run(work, 5);
  EXPECT_EQ(launched_, 5);
  EXPECT_EQ(recorded_, 1);
}

}  // namespace
}  // namespace lts::train

#include "train/distributed/signs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lts::train {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Sign in_step(std::int64_t beat, std::int64_t meetings, bool waits) {
  return {.beat = beat, .meetings = meetings, .waits = waits, .phase = Phase::kStep, .step = 17};
}

/// Three ranks, of which this is the first; one that was not heard for 4 s is silent.
class Signs : public ::testing::Test {
 protected:
  RankSigns signs_{0, {"a", "b", "c"}, 4, 100};
  Sign mine_ = in_step(60, 9, true);
};

TEST(Sign, ReadsBackWhatItWrites) {
  const Sign sign = in_step(3, 5, true);
  const auto again = Sign::parse(sign.text());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->text(), sign.text());
  EXPECT_EQ(again->doing(), "in step 17");
  for (const char* bad : {"", "1 2 0 3", "1 2 0 9 4", "1 2 0 x 4"}) EXPECT_FALSE(Sign::parse(bad));
}

TEST_F(Signs, NameARankThatDoesNotRun) {
  signs_.saw(1, in_step(1, 8, false), 101);
  signs_.saw(2, in_step(1, 9, true), 101);
  signs_.saw(1, in_step(1, 8, false), 110);  // the same beat
  signs_.saw(2, in_step(9, 9, true), 110);
  EXPECT_EQ(signs_.silent(104), "");
  EXPECT_EQ(signs_.silent(111),
            "rank 1 on b has died, hangs or cannot be reached: no sign of life for 10 s, last seen "
            "in step 17");
  EXPECT_EQ(signs_.late(mine_, 60, 111), signs_.silent(111));
}

TEST_F(Signs, NameARankThatRunsButDoesNotCome) {
  signs_.saw(1, in_step(50, 9, true), 160);
  signs_.saw(2, in_step(50, 8, false), 160);
  EXPECT_EQ(signs_.late(mine_, 60, 161),
            "rank 2 on c has not come to where the others wait for 60 s, last seen in step 17");
}

TEST_F(Signs, HavePatienceWithOneThatLetsAMeasurementPass) {
  signs_.saw(1, in_step(50, 9, true), 160);
  Sign waiting = in_step(50, 8, false);
  waiting.phase = Phase::kTurn;
  signs_.saw(2, waiting, 160);
  EXPECT_EQ(signs_.late(mine_, 60, 161), "");
}

TEST_F(Signs, NameThisRankWhereTheOthersWaitForIt) {
  signs_.saw(1, in_step(50, 10, true), 160);
  signs_.saw(2, in_step(50, 10, true), 160);
  mine_.waits = false;
  EXPECT_EQ(signs_.late(mine_, 60, 161), "rank 0 on a is not done after 60 s in step 17");
}

TEST_F(Signs, SuspectTheNetworkWhereAllWait) {
  signs_.saw(1, in_step(50, 9, true), 160);
  signs_.saw(2, in_step(50, 9, true), 160);
  EXPECT_THAT(signs_.late(mine_, 60, 161), HasSubstr("the network between them may be broken"));
}

TEST_F(Signs, BlameNobodyForATimeInWhichThisProcessDidNotRun) {
  signs_.saw(1, in_step(1, 9, true), 101);
  signs_.saw(2, in_step(1, 9, true), 101);
  signs_.shift(500);
  EXPECT_EQ(signs_.silent(601), "");
  EXPECT_THAT(signs_.silent(606), StartsWith("rank 1 on b"));
}

}  // namespace
}  // namespace lts::train

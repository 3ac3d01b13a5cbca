#include <gtest/gtest.h>

#include <set>

#include "tests/train/training_fixture.h"
#include "train/batches.h"

namespace lts::train {
namespace {

class PermutationOf : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(PermutationOf, VisitsEveryIndexOnce) {
  const Permutation permutation(GetParam(), 7);
  std::set<std::uint64_t> seen;
  for (std::uint64_t i = 0; i < GetParam(); ++i) seen.insert(permutation(i));
  EXPECT_EQ(seen.size(), GetParam());
  EXPECT_EQ(*seen.rbegin(), GetParam() - 1);
}

INSTANTIATE_TEST_SUITE_P(Sizes, PermutationOf,
                         ::testing::Values(1, 2, 3, 4, 5, 16, 17, 63, 64, 65, 1000, 4097, 70001));

TEST(Permutation, IsAnotherOneForAnotherKey) {
  const Permutation one(1000, 1), two(1000, 2);
  int same = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) same += one(i) == two(i);
  EXPECT_LT(same, 20);  // 1 is expected of two random permutations
}

TEST(Permutation, LeavesNoOrder) {
  const Permutation permutation(10000, 3);
  int rising = 0;
  for (std::uint64_t i = 1; i < 10000; ++i) rising += permutation(i) > permutation(i - 1);
  EXPECT_NEAR(rising, 5000, 300);
}

class Batches : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  TokenDataset data_{make_data(folder_), Split::kTrain};
};

TEST_F(Batches, EachEpochReadsEveryWindowOnceInAnOrderOfItsOwn) {
  const BatchReader reader(data_, 16, 1);
  const auto windows = reader.num_windows();
  EXPECT_EQ(windows, (data_.num_tokens() - 1) / 16);
  std::vector<std::int64_t> first, second;
  for (std::int64_t k = 0; k < windows; ++k) {
    first.push_back(reader.window_of(k));
    second.push_back(reader.window_of(windows + k));
  }
  EXPECT_NE(first, second);
  for (auto* order : {&first, &second}) {
    std::ranges::sort(*order);
    for (std::int64_t k = 0; k < windows; ++k) EXPECT_EQ((*order)[k], k);
  }
}

TEST_F(Batches, PairInputsWithTheTokensThatFollow) {
  const BatchReader reader(data_, 8, 1);
  const auto batch = reader.read(5, 3);
  ASSERT_EQ(batch.inputs_BT.sizes(), (std::vector<std::int64_t>{3, 8}));
  for (std::int64_t i = 0; i < 3; ++i) {
    std::vector<std::int64_t> tokens(9);
    data_.copy(reader.window_of(5 + i) * 8, tokens);
    for (std::int64_t t = 0; t < 8; ++t) {
      EXPECT_EQ(batch.inputs_BT[i][t].item<std::int64_t>(), tokens[t]);
      EXPECT_EQ(batch.targets_N[i * 8 + t].item<std::int64_t>(), tokens[t + 1]);
    }
  }
}

TEST_F(Batches, DependOnTheSeedAndNotOnWhatWasReadBefore) {
  const BatchReader reader(data_, 8, 1), again(data_, 8, 1), other(data_, 8, 2);
  reader.read(0, 40);
  EXPECT_TRUE(torch::equal(reader.read(40, 4).inputs_BT, again.read(40, 4).inputs_BT));
  EXPECT_FALSE(torch::equal(reader.read(40, 4).inputs_BT, other.read(40, 4).inputs_BT));
}

TEST_F(Batches, ReadAheadAreThoseReadNow) {
  const BatchReader reader(data_, 8, 1);
  for (const bool ahead : {false, true}) {
    BatchFeed feed(reader, {.ahead = ahead, .pinned = false});
    for (const std::int64_t first : {0, 4, 4, 12}) {  // the third after one that was not taken
      EXPECT_TRUE(torch::equal(feed.take(first, 4).inputs_BT, reader.read(first, 4).inputs_BT));
      feed.read_ahead(first + 4, 4);
    }
  }
}

TEST(BatchFeed, SaysWhatIsDamagedWhenItIsTaken) {
  const TemporaryFolder folder;
  const fs::path shard = make_data(folder) / "train-00000.bin";
  std::fstream(shard, std::ios::in | std::ios::out | std::ios::binary).seekp(128).write("\xff", 1);
  const TokenDataset data(shard.parent_path(), Split::kTrain);
  BatchFeed feed({data, 8, 1}, {.ahead = true, .pinned = false});
  feed.read_ahead(0, 4);
  EXPECT_THAT(error_message([&] { feed.take(0, 4); }),
              ::testing::HasSubstr("the checksum of block 0 of"));
}

}  // namespace
}  // namespace lts::train

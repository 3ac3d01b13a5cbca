#include "core/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/expect_error.h"

namespace lts {
namespace {

using testing::error_message;
using ::testing::HasSubstr;

// reference/archai: the first words and numbers of CPython's Random(1). core_oracle.py compares
// 10^5 draws with CPython itself.
TEST(Rng, BeginsAsCPythonsRandomOfOne) {
  Rng words(1);
  EXPECT_EQ(words.next_u32(), 577090037u);
  EXPECT_EQ(words.next_u32(), 2444712010u);
  EXPECT_EQ(words.next_u32(), 3639700191u);
  Rng numbers(1);
  EXPECT_EQ(numbers.random(), 0.13436424411240122);
  EXPECT_EQ(numbers.random(), 0.8474337369372327);
  EXPECT_EQ(numbers.random(), 0.763774618976614);
}

// Matsumoto and Nishimura's mt19937ar.out: init_by_array({0x123, 0x234, 0x345, 0x456}) needs a key
// of four words, out of reach of a 64-bit seed; two words are checked against CPython.
TEST(Rng, UsesBothWordsOfASeed) {
  EXPECT_NE(Rng(1).next_u32(), Rng((1ULL << 32) + 1).next_u32());
  EXPECT_NE(Rng(0).next_u32(), Rng(1ULL << 32).next_u32());
}

TEST(Rng, GoesOnExactlyFromASavedState) {
  Rng rng(5);
  for (int i = 0; i < 1000; ++i) rng.random();
  Rng again = Rng::from_state(nlohmann::json::parse(rng.state().dump()));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(again.next_u32(), rng.next_u32());
}

TEST(Rng, RefusesAForeignState) {
  const auto good = Rng(1).state();
  std::vector<nlohmann::json> foreign(8, good);
  foreign[0] = nullptr;
  foreign[1] = "words";
  foreign[2].erase("position");
  foreign[3]["position"] = 625;
  foreign[4]["position"] = -1;
  foreign[5]["words"].push_back(0);
  foreign[6]["words"][3] = 4294967296;
  foreign[7]["words"][3] = 0.5;
  for (const auto& state : foreign) {
    EXPECT_EQ(error_message([&] { Rng::from_state(state); }),
              "not the state of a random stream (624 words and a position)");
  }
}

TEST(Rng, StaysInItsBounds) {
  Rng rng(3);
  std::vector<int> seen(7, 0);
  for (int i = 0; i < 7000; ++i) {
    ++seen[rng.below(7)];
    const auto drawn = rng.randint(-2, 2);
    EXPECT_TRUE(drawn >= -2 && drawn <= 2);
    const double number = rng.random();
    EXPECT_TRUE(number >= 0 && number < 1);
  }
  // Each count is binomial(7000, 1/7): mean 1000, standard deviation 29.3; six of them.
  for (const int count : seen) EXPECT_NEAR(count, 1000, 176);
}

TEST(Rng, DrawsEvenWhereThereIsOneChoice) {
  Rng one(9);
  EXPECT_EQ(one.below(1), 0u);  // draws single bits until a 0 comes
  EXPECT_NE(one.next_u32(), Rng(9).next_u32());
}

TEST(Rng, ShuffleKeepsTheValues) {
  Rng rng(2);
  std::vector<int> values = {1, 2, 3, 4, 5, 6, 7, 8};
  rng.shuffle(values);
  EXPECT_THAT(values, ::testing::UnorderedElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  std::vector<int> empty;
  rng.shuffle(empty);
  EXPECT_TRUE(empty.empty());
}

TEST(Rng, SamplesDistinctIndicesOfPoolsAndSets) {
  Rng rng(4);
  for (const std::size_t population : {1u, 5u, 21u, 22u, 300u, 100'000u}) {
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, population / 2, population}) {
      if (count > 1000) continue;
      auto drawn = rng.sample_indices(population, count);
      ASSERT_EQ(drawn.size(), count);
      std::ranges::sort(drawn);
      EXPECT_EQ(std::ranges::adjacent_find(drawn), drawn.end());
      EXPECT_TRUE(drawn.empty() || drawn.back() < population);
    }
  }
}

}  // namespace
}  // namespace lts

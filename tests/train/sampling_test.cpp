#include "train/sampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <vector>

#include "tests/expect_error.h"

namespace lts::train {
namespace {

using lts::testing::error_message;
using ::testing::HasSubstr;

// Probabilities 0.5, 0.25, 0.125, 0.125 for ids 2, 0, 1, 3.
const std::vector<float> kLogits = {std::log(0.25F), std::log(0.125F), std::log(0.5F),
                                    std::log(0.125F)};

std::vector<std::int32_t> ids_of(const SamplingOptions& options) {
  std::vector<std::int32_t> ids;
  for (const auto& choice : choices(kLogits, options)) ids.push_back(choice.id);
  return ids;
}

TEST(Sampling, OrdersChoicesByProbabilityThenId) {
  EXPECT_EQ(ids_of({.temperature = 1, .top_p = 1}), (std::vector<std::int32_t>{2, 0, 1, 3}));
}

TEST(Sampling, KeepsTheSmallestSetThatReachesTopP) {
  EXPECT_EQ(ids_of({.temperature = 1, .top_p = 0.4}), (std::vector<std::int32_t>{2}));
  EXPECT_EQ(ids_of({.temperature = 1, .top_p = 0.6}), (std::vector<std::int32_t>{2, 0}));
  EXPECT_EQ(ids_of({.temperature = 1, .top_p = 0.8}), (std::vector<std::int32_t>{2, 0, 1}));
}

TEST(Sampling, KeepsTheTopK) {
  EXPECT_EQ(ids_of({.temperature = 1, .top_p = 1, .top_k = 2}), (std::vector<std::int32_t>{2, 0}));
  // Of the two likeliest, 0.5 and 0.25, the first alone is two thirds.
  EXPECT_EQ(ids_of({.temperature = 1, .top_p = 0.6, .top_k = 2}), (std::vector<std::int32_t>{2}));
}

TEST(Sampling, DividesLogitsByTheTemperature) {
  const auto kept = choices(kLogits, {.temperature = 0.5, .top_p = 1});
  // Squares of the probabilities over their sum: 16, 4, 1, 1 of 22.
  EXPECT_NEAR(kept[0].probability, 16.0 / 22, 1e-6);
  EXPECT_NEAR(kept[1].probability, 4.0 / 22, 1e-6);
  EXPECT_NEAR(kept[3].probability, 1.0 / 22, 1e-6);
}

TEST(Sampling, DrawsInProportion) {
  Sampler sampler({.temperature = 1, .top_p = 1, .seed = 11});
  std::map<std::int32_t, int> counts;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) ++counts[sampler.next(kLogits)];
  // Four standard deviations of a binomial count.
  EXPECT_NEAR(counts[2], kDraws * 0.5, 4 * std::sqrt(kDraws * 0.25));
  EXPECT_NEAR(counts[0], kDraws * 0.25, 4 * std::sqrt(kDraws * 0.1875));
  EXPECT_NEAR(counts[3], kDraws * 0.125, 4 * std::sqrt(kDraws * 0.11));
}

TEST(Sampling, DependsOnTheSeedOnly) {
  const auto drawn = [](std::uint64_t seed) {
    Sampler sampler({.temperature = 1, .top_p = 1, .seed = seed});
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 50; ++i) ids.push_back(sampler.next(kLogits));
    return ids;
  };
  EXPECT_EQ(drawn(3), drawn(3));
  EXPECT_NE(drawn(3), drawn(4));
}

TEST(Sampling, IsGreedyOnTheFirstOfEquals) {
  Sampler sampler({.decoding = Decoding::kGreedy});
  EXPECT_EQ(sampler.next(std::vector<float>{1, 3, 2, 3}), 1);
}

// As many as a vocabulary has: what sorts and compares them takes them in pieces.
std::vector<float> many_logits(std::size_t count) {
  std::mt19937 generator(7);
  std::normal_distribution<float> normal(0.0F, 3.0F);
  std::vector<float> logits(count);
  for (float& logit : logits) logit = normal(generator);
  return logits;
}

TEST(Sampling, IsGreedyWhereverTheLargestIs) {
  Sampler sampler({.decoding = Decoding::kGreedy});
  for (const std::size_t count : {1u, 31u, 32u, 1024u, 1025u, 5000u})
    for (const std::size_t best : {std::size_t{0}, count / 2, count - 1}) {
      auto logits = many_logits(count);
      logits[best] = 100.0F;
      EXPECT_EQ(sampler.next(logits), static_cast<std::int32_t>(best)) << count;
      logits.push_back(100.0F);
      EXPECT_EQ(sampler.next(logits), static_cast<std::int32_t>(best)) << count;
    }
}

TEST(Sampling, OrdersManyAsASortOfAllDoes) {
  const auto logits = many_logits(3000);
  std::vector<std::int32_t> sorted(logits.size());
  std::iota(sorted.begin(), sorted.end(), 0);
  std::ranges::sort(sorted, std::greater{}, [&](std::int32_t id) { return logits[id]; });
  const std::vector<SamplingOptions> all = {{.temperature = 1, .top_p = 1},
                                            {.temperature = 1, .top_p = 0.99},
                                            {.temperature = 1, .top_p = 0.6},
                                            {.temperature = 1, .top_p = 1, .top_k = 500}};
  for (const SamplingOptions& options : all) {
    const auto kept = choices(logits, options);
    double sum = 0;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      ASSERT_EQ(kept[i].id, sorted[i]) << "rank " << i;
      sum += kept[i].probability;
    }
    EXPECT_NEAR(sum, 1.0, 1e-12);
  }
}

// A draw of all walks down the ranking no further than it must, to the same token.
TEST(Sampling, DrawsFromAllAsFromTheirRanking) {
  const auto logits = many_logits(3000);
  const SamplingOptions options{.temperature = 4, .top_p = 1, .seed = 5};
  const auto ranked = choices(logits, options);
  Sampler sampler(options);
  Rng rng(options.seed);
  for (int draw = 0; draw < 200; ++draw) {
    double remaining = rng.random();
    std::size_t i = 0;
    while ((remaining -= ranked[i].probability) >= 0) ++i;
    EXPECT_EQ(sampler.next(logits), ranked[i].id);
  }
}

TEST(Sampling, RefusesLogitsThatAreNoNumbers) {
  const std::vector<float> few = {1, std::numeric_limits<float>::quiet_NaN()};
  auto many = many_logits(3000);
  many[1500] = std::numeric_limits<float>::quiet_NaN();
  for (const auto& logits : {few, many})
    for (const auto decoding : {Decoding::kGreedy, Decoding::kSample})
      EXPECT_EQ(
          error_message([&] { Sampler({.decoding = decoding}).next(logits); }, ErrorKind::kRuntime),
          "the model's logits are not numbers");
}

TEST(Sampling, RefusesLogitsWithoutALargest) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<std::vector<float>> all = {{1, kInfinity}, {-kInfinity, -kInfinity}};
  for (const auto& logits : all)
    EXPECT_EQ(error_message([&] { Sampler({.decoding = Decoding::kGreedy}).next(logits); },
                            ErrorKind::kRuntime),
              "the model's logits are not finite");
}

TEST(Sampling, RefusesOptionsOutOfRange) {
  const auto message = [](const SamplingOptions& options) {
    return error_message([&] { options.validate(); });
  };
  EXPECT_THAT(message({.temperature = 0}), HasSubstr("temperature is 0.0; a number above 0"));
  EXPECT_THAT(message({.temperature = std::nan("")}), HasSubstr("temperature is nan"));
  EXPECT_THAT(message({.top_p = 0}), HasSubstr("top_p is 0.0; above 0 and at most 1"));
  EXPECT_THAT(message({.top_p = 1.1}), HasSubstr("top_p is 1.1"));
  EXPECT_THAT(message({.top_k = -1}), HasSubstr("top_k is -1; 0 (all) or more"));
}

}  // namespace
}  // namespace lts::train

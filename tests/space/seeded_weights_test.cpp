#include "space/seeded_weights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace lts::space {
namespace {

const WeightSpec kMatrix{.name = "transformer.h.0.mlp.c_fc.weight", .shape = {1024, 2048}};
const WeightSpec kGain{.name = "transformer.h.0.ln_1.weight", .shape = {512}};

std::vector<float> values(SeededWeights& weights, const WeightSpec& spec, std::int64_t first,
                          std::size_t count) {
  std::vector<float> out(count);
  weights.read(spec, first, out);
  return out;
}

std::vector<float> values(SeededWeights& weights, const WeightSpec& spec) {
  return values(weights, spec, 0, static_cast<std::size_t>(spec.num_values()));
}

struct Moments {
  double mean = 0, deviation = 0, kurtosis = 0;
};

Moments moments_of(const std::vector<float>& sample) {
  double sum = 0, squares = 0, fourths = 0;
  for (const double value : sample) sum += value;
  const auto count = static_cast<double>(sample.size());
  const double mean = sum / count;
  for (const double value : sample) {
    const double square = (value - mean) * (value - mean);
    squares += square;
    fourths += square * square;
  }
  const double variance = squares / count;
  return {mean, std::sqrt(variance), fourths / count / (variance * variance)};
}

TEST(SeededWeights, AreNormal) {
  SeededWeights weights;
  const Moments found = moments_of(values(weights, kMatrix));
  EXPECT_NEAR(found.mean, 0, 1e-4);
  EXPECT_NEAR(found.deviation, 0.02, 1e-4);
  EXPECT_NEAR(found.kurtosis, 3 - 1.2 / 12, 0.02);  // of a sum of twelve uniform values
  SeededWeights wide(1, 0.05);
  EXPECT_NEAR(moments_of(values(wide, kMatrix)).deviation, 0.05, 2.5e-4);
}

TEST(SeededWeights, OfNormsAreAroundOne) {
  SeededWeights weights;
  const auto gains = values(weights, kGain);
  EXPECT_NEAR(moments_of(gains).mean, 1, 0.005);
  EXPECT_GT(std::set<float>(gains.begin(), gains.end()).size(), 400U);
  const auto bias = values(weights, {.name = "transformer.h.0.ln_1.bias", .shape = {512}});
  EXPECT_NEAR(moments_of(bias).mean, 0, 0.005);
  EXPECT_NEAR(moments_of(bias).deviation, 0.02, 0.004);
}

TEST(SeededWeights, ComeFromSeedAndNameAlone) {
  SeededWeights one, again, other(2);
  const auto first = values(one, kMatrix, 0, 1000);
  values(again, kGain);
  EXPECT_EQ(values(again, kMatrix, 0, 1000), first);
  EXPECT_NE(values(other, kMatrix, 0, 1000), first);
  const WeightSpec renamed{.name = "transformer.h.1.mlp.c_fc.weight", .shape = kMatrix.shape};
  EXPECT_NE(values(one, renamed, 0, 1000), first);
}

TEST(SeededWeights, ReadInPiecesAreTheSame) {
  SeededWeights weights;
  const auto whole = values(weights, kMatrix);  // longer than the block
  std::vector<float> pieces;
  for (std::size_t first = 0; first < whole.size(); first += 300'001) {
    const std::size_t count = std::min<std::size_t>(300'001, whole.size() - first);
    const auto piece = values(weights, kMatrix, static_cast<std::int64_t>(first), count);
    pieces.insert(pieces.end(), piece.begin(), piece.end());
  }
  EXPECT_EQ(pieces, whole);
}

TEST(SeededWeights, RepeatNoRowOfALongMatrix) {
  SeededWeights weights;
  const WeightSpec embedding{.name = "transformer.wte.weight", .shape = {50257, 128}};
  std::set<std::vector<float>> rows;
  for (std::int64_t row = 0; row < 50257; row += 1)
    rows.insert(values(weights, embedding, row * 128, 4));
  EXPECT_EQ(rows.size(), 50257U);
}

}  // namespace
}  // namespace lts::space

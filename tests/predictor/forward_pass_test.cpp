#include "predictor/profilers/forward_pass.h"

#include <gtest/gtest.h>

#include "tests/space/small_models.h"

namespace lts::predictor {
namespace {

constexpr std::int64_t kBatch = 3, kLength = 7, kWidth = 24, kVocabulary = 97;

/// Allocates what its name says and computes nothing.
class TwoTensors final : public space::InferenceModel {
 public:
  TwoTensors() : InferenceModel(space::architecture_of({})) {}
  torch::Tensor trunk(const torch::Tensor& tokens_BT, space::KvCache*) override {
    last_tokens_BT = tokens_BT;
    return torch::ones({tokens_BT.size(0), tokens_BT.size(1), kWidth});
  }
  torch::Tensor head(const torch::Tensor& hidden) override {
    last_hidden = hidden;
    auto logits = torch::zeros({hidden.size(0), kVocabulary});
    last_hidden.reset();
    return logits;
  }
  std::int64_t held_bytes() const override { return 0; }
  std::int64_t packed_bytes() const override { return 0; }

  torch::Tensor last_tokens_BT, last_hidden;
};

space::InferencePtr small_inference() {
  return space::make_inference(space::small_model(), space::Precision::kFloat32);
}

HardwareConfig protocol(std::int64_t length, std::int64_t past_length, std::int64_t batch = 1) {
  return {.batch_size = batch, .sequence_length = length, .past_length = past_length};
}

TEST(ForwardPass, CountsActivationsOfAKnownPattern) {
  TwoTensors model;
  ForwardPass pass(model, protocol(kLength, 0, kBatch), torch::kCPU);
  const std::int64_t hidden_BTD = kBatch * kLength * kWidth, logits_BV = kBatch * kVocabulary;
  // While the head runs: hidden states and logits. Then the hidden states go, probabilities come.
  EXPECT_EQ(pass.run_counting_bytes(), 4 * (hidden_BTD + logits_BV));
}

TEST(ForwardPass, RunsTheTrunkOverAllPositionsAndTheHeadOnTheLast) {
  TwoTensors model;
  ForwardPass pass(model, protocol(kLength, 0, kBatch), torch::kCPU);
  const auto probabilities_BV = pass.run();
  EXPECT_EQ(probabilities_BV.sizes(), (std::vector<std::int64_t>{kBatch, kVocabulary}));
  EXPECT_EQ(model.last_tokens_BT.sizes(), (std::vector<std::int64_t>{kBatch, kLength}));
  EXPECT_EQ(model.last_tokens_BT.scalar_type(), torch::kInt64);
  EXPECT_EQ(model.last_tokens_BT.count_nonzero().item<std::int64_t>(), 0);
}

TEST(ForwardPass, GivesTheNextTokensProbabilities) {
  const auto model = space::small_model();
  const auto tokens_BT = torch::zeros({2, 9}, torch::kInt64);
  const torch::NoGradGuard no_grad;
  const auto expected_BV = model->head(model->trunk(tokens_BT)).softmax(-1).select(1, 8);
  const auto inference = space::make_inference(model, space::Precision::kFloat32);
  ForwardPass pass(*inference, protocol(9, 0, 2), torch::kCPU);
  EXPECT_TRUE(torch::allclose(pass.run(), expected_BV, 1e-5, 1e-7));
}

TEST(ForwardPass, AStepAfterAPastEqualsTheWholeSequence) {
  const auto model = small_inference();
  const auto whole_BV = ForwardPass(*model, protocol(12, 0), torch::kCPU).run();
  for (const std::int64_t length : {1, 4}) {
    ForwardPass step(*model, protocol(length, 12 - length), torch::kCPU);
    const auto first_BV = step.run();
    EXPECT_TRUE(torch::allclose(first_BV, whole_BV, 1e-4, 1e-6)) << length;
    EXPECT_TRUE(torch::equal(step.run(), first_BV)) << "each run starts from the same state";
  }
}

TEST(ForwardPass, TheCacheIsPartOfWhatAStepHolds) {
  const auto model = small_inference();
  ForwardPass step(*model, protocol(1, 20), torch::kCPU);
  const std::int64_t cache_bytes = 4 * 2 * 3 * kWidth * 21;  // fp32, a pair, three layers
  EXPECT_GE(step.run_counting_bytes(), cache_bytes);
}

TEST(ForwardPass, TheFirstRunHoldsAsMuchAsTheOthers) {
  const auto model = small_inference();
  for (const std::int64_t past_length : {0, 11}) {
    ForwardPass pass(*model, protocol(5, past_length), torch::kCPU);
    const std::int64_t first_bytes = pass.run_counting_bytes();
    EXPECT_EQ(pass.run_counting_bytes(), first_bytes);
    EXPECT_GT(first_bytes, 0);
  }
}

// Zeros in, then the likeliest token each time: what the module gives when it sees all of it at
// once.
TEST(ForwardPass, AGenerationIsGreedyOverTheCache) {
  const auto model = space::small_model();
  const torch::NoGradGuard no_grad;
  auto tokens_BT = torch::zeros({2, 4}, torch::kInt64);
  torch::Tensor expected_BV;
  for (int i = 0; i < 6; ++i) {
    expected_BV = model->head(model->trunk(tokens_BT).select(1, -1)).softmax(-1);
    tokens_BT = torch::cat({tokens_BT, expected_BV.argmax(-1, true)}, 1);
  }
  HardwareConfig config = protocol(4, 0, 2);
  config.new_tokens = 6;
  const auto inference = space::make_inference(model, space::Precision::kFloat32);
  ForwardPass generation(*inference, config, torch::kCPU);
  const auto first_BV = generation.run();
  EXPECT_TRUE(torch::allclose(first_BV, expected_BV, 1e-4, 1e-6));
  EXPECT_TRUE(torch::equal(generation.run(), first_BV)) << "each run starts from the same state";
  const std::int64_t cache_bytes = 4 * 2 * 3 * kWidth * 2 * config.positions();
  EXPECT_GE(generation.run_counting_bytes(), cache_bytes);
}

}  // namespace
}  // namespace lts::predictor

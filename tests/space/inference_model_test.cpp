#include "space/inference_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "space/inference_linear.h"
#include "space/parallel.h"
#include "tests/expect_error.h"
#include "tests/space/small_models.h"

namespace lts::space {
namespace {

using lts::testing::error_message;
using ::testing::HasSubstr;

/// How far the log-probabilities of a precision may be from the module's in fp32, root mean square
/// of the differences over that of the values.
struct Accuracy {
  std::string name;
  Precision precision;
  double tolerance;
};

const std::vector<Accuracy> kAccuracies = {{"float32", Precision::kFloat32, 2e-6},
                                           {"bfloat16", Precision::kBfloat16, 0.02},
                                           {"int8", Precision::kInt8, 0.06},
                                           {"bfloat16_weights", Precision::kBfloat16Weights, 0.02}};

bool needs_bfloat16(Precision precision) {
  return precision == Precision::kBfloat16 || precision == Precision::kBfloat16Weights;
}

/// Widths that fill no vector, one head, many heads, wide and narrow feed-forwards.
const std::vector<SmallGpt2> kShapes = {
    {},
    {.n_layer = 2, .d_model = 15, .d_inner = 7, .n_head = 3, .vocab_size = 31},
    {.n_layer = 1, .d_model = 70, .d_inner = 130, .n_head = 1},
    {.n_layer = 4, .d_model = 64, .d_inner = 128, .n_head = 8, .vocab_size = 1000},
    {.n_layer = 2, .d_model = 33, .d_inner = 96, .n_head = 11},
};

/// Like small_model, with gains around 1 and matrices narrow enough that rounding does not grow
/// from layer to layer; the embedding is wide, so that logits spread.
ModelPtr calm_model(const SmallGpt2& small) {
  auto model = small_model(small);
  const torch::NoGradGuard no_grad;
  for (auto& item : model->named_parameters()) {
    const bool is_gain =
        item.key().find("ln_") != std::string::npos && item.key().ends_with("weight");
    item.value().mul_(item.key() == "transformer.wte.weight" ? 2.0 : 0.5);
    if (is_gain) item.value().add_(1.0);
  }
  return model;
}

InferencePtr inference_of(const SmallGpt2& small, Precision precision) {
  const auto model = calm_model(small);
  if (needs_bfloat16(precision)) model->to(torch::kBFloat16);
  return make_inference(model, precision);
}

torch::Tensor log_probabilities(const torch::Tensor& logits) {
  return logits.to(torch::kFloat32).log_softmax(-1);
}

/// The module's log-probabilities of every position.
torch::Tensor expected(const SmallGpt2& small, const torch::Tensor& tokens_BT) {
  const torch::NoGradGuard no_grad;
  const auto model = calm_model(small);
  return log_probabilities(model->head(model->trunk(tokens_BT)));
}

double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

double relative_error(const torch::Tensor& got, const torch::Tensor& expected) {
  return (got - expected).norm().item<double>() / expected.norm().item<double>();
}

class EachPrecision : public ::testing::TestWithParam<Accuracy> {};

INSTANTIATE_TEST_SUITE_P(Inference, EachPrecision, ::testing::ValuesIn(kAccuracies),
                         [](const auto& accuracy) { return accuracy.param.name; });

TEST_P(EachPrecision, GivesTheModulesLogProbabilities) {
  for (const SmallGpt2& small : kShapes)
    for (const auto& [batch_size, length] : {std::pair{1, 1}, {1, 32}, {3, 5}, {20, 13}}) {
      const auto tokens_BT = random_tokens(batch_size, length, small.vocab_size);
      const auto model = inference_of(small, GetParam().precision);
      const auto hidden_BTD = model->trunk(tokens_BT);
      EXPECT_EQ(hidden_BTD.sizes(), (std::vector<std::int64_t>{batch_size, length, small.d_model}));
      const auto got_BTV = log_probabilities(model->head(hidden_BTD));
      const auto expected_BTV = expected(small, tokens_BT);
      EXPECT_GT(expected_BTV.max().item<double>() - expected_BTV.min().item<double>(), 5.0);
      EXPECT_LE(relative_error(got_BTV, expected_BTV), GetParam().tolerance)
          << summary(architecture_of(small)) << ", " << batch_size << " x " << length;
    }
}

TEST_P(EachPrecision, GivesTheSameInPiecesOverACache) {
  const SmallGpt2 small{.max_sequence_length = 200};
  const auto tokens_BT = random_tokens(2, 150);
  const auto expected_BTV = expected(small, tokens_BT);
  const auto model = inference_of(small, GetParam().precision);
  for (const std::vector<std::int64_t>& pieces :
       {std::vector<std::int64_t>{150}, {7, 1, 1, 1, 140}, {1, 63, 2, 84}}) {
    KvCache cache(3);
    std::int64_t begin = 0;
    for (const std::int64_t length : pieces) {
      const auto piece_BTD = model->trunk(tokens_BT.narrow(1, begin, length), &cache);
      const auto got_BTV = log_probabilities(model->head(piece_BTD));
      EXPECT_LE(relative_error(got_BTV, expected_BTV.narrow(1, begin, length)),
                GetParam().tolerance)
          << "piece of " << length << " at " << begin;
      begin += length;
      EXPECT_EQ(cache.length(), begin);
    }
  }
}

TEST_P(EachPrecision, GivesTheSameOnAnyNumberOfThreads) {
  const SmallGpt2 small{.d_model = 60, .d_inner = 300, .n_head = 3, .max_sequence_length = 120};
  const auto tokens_BT = random_tokens(1, 120);
  const auto model = inference_of(small, GetParam().precision);
  const int before = at::get_num_threads();
  std::vector<torch::Tensor> hidden_BTD;
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    hidden_BTD.push_back(model->trunk(tokens_BT).to(torch::kFloat32));
  }
  at::set_num_threads(before);
  const double tolerance = GetParam().precision == Precision::kFloat32 ? 0.0 : 0.1;
  for (const auto& other_BTD : hidden_BTD)
    EXPECT_LE(largest_difference(other_BTD, hidden_BTD.front()), tolerance);
}

TEST_P(EachPrecision, RefusesPositionsTheModelDoesNotHave) {
  const auto model = inference_of({}, GetParam().precision);
  EXPECT_THAT(error_message([&] { model->trunk(random_tokens(1, 33)); }),
              HasSubstr("sequence of 33 tokens; the model's max_sequence_length is 32"));
}

// What no result shows: that several threads work at all.
TEST(ShareOut, UsesTheThreadsOfLibTorch) {
  const int before = at::get_num_threads();
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    std::mutex mutex;
    std::set<std::thread::id> workers;
    std::vector<int> visits(100);
    share_out(100, 1, [&](std::int64_t first, std::int64_t end) {
      const std::lock_guard lock(mutex);
      workers.insert(std::this_thread::get_id());
      for (std::int64_t i = first; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
    });
    EXPECT_EQ(workers.size(), static_cast<std::size_t>(threads));
    EXPECT_THAT(visits, ::testing::Each(1));
  }
  at::set_num_threads(before);
}

std::int64_t total_params(const SmallGpt2& small) {
  const auto architecture = architecture_of(small);
  return architecture.family().counts(architecture).total_params();
}

// d_model and d_inner fill whole panels of every instruction set, as all published widths do.
TEST(InferenceModel, HoldsEveryWeightOnce) {
  const SmallGpt2 small{.n_layer = 2, .d_model = 64, .d_inner = 128, .n_head = 2};
  const auto model = inference_of(small, Precision::kFloat32);
  EXPECT_EQ(model->held_bytes(), 4 * total_params(small));
  const std::int64_t linears = 2 * (4 * 64 * 64 + 4 * 64 + 2 * 64 * 128 + 128 + 64);
  EXPECT_EQ(model->packed_bytes(), 4 * linears);
}

TEST(InferenceModel, Int8TakesAQuarterOfTheLinears) {
  const SmallGpt2 small{.n_layer = 2, .d_model = 256, .d_inner = 512, .n_head = 2};
  const auto whole = inference_of(small, Precision::kFloat32);
  const auto quantised = inference_of(small, Precision::kInt8);
  EXPECT_NEAR(
      static_cast<double>(quantised->packed_bytes()) / static_cast<double>(whole->packed_bytes()),
      0.25, 0.01);
  EXPECT_EQ(whole->held_bytes() - whole->packed_bytes(),
            quantised->held_bytes() - quantised->packed_bytes());
}

TEST(InferenceModel, Int8Quantises) {
  const auto tokens_BT = random_tokens(1, 20);
  const auto got = inference_of({}, Precision::kInt8)->trunk(tokens_BT);
  const auto exact = inference_of({}, Precision::kFloat32)->trunk(tokens_BT);
  EXPECT_GT(largest_difference(got, exact), 1e-3);
}

// Nothing but the weights is rounded: the module in fp32 with weights that bf16 holds. Up to 16
// positions, so that the head takes them a row at a time too.
TEST(InferenceModel, Bfloat16WeightsAreRoundedAndNothingElse) {
  for (const SmallGpt2& small : kShapes) {
    const auto rounded = calm_model(small);
    rounded->to(torch::kBFloat16);
    rounded->to(torch::kFloat32);
    const auto tokens_BT = random_tokens(1, 16, small.vocab_size);
    const auto expected_BTV = log_probabilities(logits_of(*rounded, tokens_BT));
    const auto inference = inference_of(small, Precision::kBfloat16Weights);
    EXPECT_LE(relative_error(log_probabilities(logits_of(*inference, tokens_BT)), expected_BTV),
              2e-6);
  }
}

TEST(InferenceModel, Bfloat16WeightsTakeHalfOfTheMatrices) {
  const SmallGpt2 small{.n_layer = 2, .d_model = 64, .d_inner = 128, .n_head = 2};
  const auto inference = inference_of(small, Precision::kBfloat16Weights);
  const std::int64_t weights = 2 * (4 * 64 * 64 + 2 * 64 * 128), biases = 2 * (4 * 64 + 128 + 64);
  EXPECT_EQ(inference->packed_bytes(), 2 * weights + 4 * biases);
  const std::int64_t embedding = 97 * 64, rest = total_params(small) - weights - embedding;
  EXPECT_EQ(inference->held_bytes(), 2 * (weights + embedding) + 4 * rest);
}

TEST(InferenceModel, KeepsItsWeightsWhenTheModelGoes) {
  const auto tokens_BT = random_tokens(1, 9);
  auto model = calm_model({});
  const auto inference = make_inference(model, Precision::kFloat32);
  const auto before = inference->trunk(tokens_BT);
  model.reset();
  EXPECT_TRUE(torch::equal(inference->trunk(tokens_BT), before));
}

TEST(PlainInference, IsTheModule) {
  const auto model = calm_model({});
  const auto tokens_BT = random_tokens(2, 9);
  const auto plain = plain_inference(model, Precision::kFloat32);
  const torch::NoGradGuard no_grad;
  EXPECT_TRUE(
      torch::equal(plain->head(plain->trunk(tokens_BT)), model->head(model->trunk(tokens_BT))));
  EXPECT_EQ(plain->held_bytes(), 4 * total_params({}));
  EXPECT_EQ(plain->packed_bytes(), 0);
}

}  // namespace
}  // namespace lts::space

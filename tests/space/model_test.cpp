#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "core/random.h"
#include "space/counts.h"
#include "space/language_model.h"
#include "tests/expect_error.h"
#include "tests/space/model_checks.h"
#include "tests/space/small_models.h"

namespace lts::space {
namespace {

using lts::testing::error_message;
using ::testing::HasSubstr;

std::int64_t num_parameters(const LanguageModel& model) {
  std::int64_t sum = 0;
  for (const auto& parameter : model.parameters()) sum += parameter.numel();
  return sum;
}

TEST(Gpt2Model, HasAsManyParametersAsTheClosedFormSays) {
  Rng rng(7);
  for (int i = 0; i < 40; ++i) {
    const auto draw = [&](std::int32_t first, std::int32_t last) {
      return static_cast<std::int32_t>(rng.randint(first, last));
    };
    SmallGpt2 small{.n_layer = draw(1, 10),
                    .d_inner = draw(1, 200),
                    .n_head = draw(1, 8),
                    .vocab_size = draw(1, 3000),
                    .max_sequence_length = draw(1, 100)};
    small.d_model = small.n_head * draw(1, 30);
    const auto architecture = architecture_of(small);
    const auto model = make_model(architecture);
    const Counts counts = architecture.family().counts(architecture);
    EXPECT_EQ(num_parameters(*model), counts.total_params()) << summary(architecture);
  }
}

TEST(Gpt2Model, RefusesAFlawedArchitecture) {
  const auto message =
      error_message([] { make_model(architecture_of({.d_model = 25, .n_head = 4})); });
  EXPECT_THAT(message, HasSubstr("d_model 25 is not divisible by n_head 4"));
}

TEST(Gpt2Model, DoesNotLookAhead) { expect_no_look_ahead(*small_model()); }

// One token at a time, several at once after a filled cache, and any mixture: the same logits.
TEST(KvCache, GivesTheLogitsOfOnePass) {
  auto model = small_model({.max_sequence_length = 200});
  const auto tokens_BT = random_tokens(2, 150);
  const auto whole_BTV = logits_of(*model, tokens_BT);
  for (const std::vector<std::int64_t>& pieces :
       {std::vector<std::int64_t>{150}, {7, 1, 1, 1, 140}, {1, 63, 1, 85}, {70, 2, 78}}) {
    KvCache cache(3);
    std::int64_t begin = 0;
    for (const std::int64_t length : pieces) {
      const auto piece_BTV = logits_of(*model, tokens_BT.narrow(1, begin, length), &cache);
      EXPECT_TRUE(torch::allclose(piece_BTV, whole_BTV.narrow(1, begin, length), 1e-4, 1e-4))
          << "piece of " << length << " at " << begin;
      begin += length;
      EXPECT_EQ(cache.length(), begin);
    }
  }
}

TEST(KvCache, ForgetsWhatIsTruncated) {
  auto model = small_model();
  const auto tokens_BT = random_tokens(1, 20), others_BT = random_tokens(1, 9);
  KvCache cache(3);
  logits_of(*model, tokens_BT.narrow(1, 0, 11), &cache);
  logits_of(*model, others_BT, &cache);
  cache.truncate(11);
  EXPECT_EQ(cache.length(), 11);
  const auto rest_BTV = logits_of(*model, tokens_BT.narrow(1, 11, 9), &cache);
  const auto whole_BTV = logits_of(*model, tokens_BT);
  EXPECT_TRUE(torch::allclose(rest_BTV, whole_BTV.narrow(1, 11, 9), 1e-4, 1e-4));
}

TEST(Gpt2Model, RefusesPositionsItDoesNotHave) {
  auto model = small_model();
  EXPECT_THAT(error_message([&] { logits_of(*model, random_tokens(1, 33)); }),
              HasSubstr("sequence of 33 tokens; the model's max_sequence_length is 32"));
  KvCache cache(3);
  logits_of(*model, random_tokens(1, 30), &cache);
  EXPECT_THAT(error_message([&] { logits_of(*model, random_tokens(1, 3), &cache); }),
              HasSubstr("sequence of 33 tokens"));
}

TEST(Gpt2Model, InitialisesAsPublished) {
  auto model = make_model(architecture_of({.n_layer = 8,
                                           .d_model = 128,
                                           .d_inner = 256,
                                           .vocab_size = 500,
                                           .max_sequence_length = 64}));
  torch::manual_seed(3);
  model->init_weights();
  const auto parameters = model->named_parameters();
  const auto deviation = [&](const std::string& name) {
    return parameters[name].std().item<double>();
  };
  EXPECT_NEAR(deviation("transformer.wte.weight"), 0.02, 0.0005);
  EXPECT_NEAR(deviation("transformer.h.7.attn.c_attn.weight"), 0.02, 0.0005);
  EXPECT_NEAR(deviation("transformer.h.0.mlp.c_fc.weight"), 0.02, 0.0005);
  EXPECT_NEAR(deviation("transformer.h.0.mlp.c_proj.weight"), 0.02 / std::sqrt(16.0), 0.0002);
  EXPECT_NEAR(deviation("transformer.h.3.attn.c_proj.weight"), 0.02 / std::sqrt(16.0), 0.0002);
  for (const auto& item : parameters) {
    const bool is_norm = item.key().find("ln_") != std::string::npos;
    if (item.key().ends_with(".bias")) {
      EXPECT_EQ(item.value().abs().max().item<float>(), 0.0F) << item.key();
    } else if (is_norm) {
      EXPECT_TRUE(torch::equal(item.value(), torch::ones_like(item.value()))) << item.key();
    }
  }
}

TEST(Gpt2Model, InitialisesTheSameFromTheSameSeed) {
  const auto initialised = [](std::uint64_t seed) {
    auto model = make_model(architecture_of({}));
    torch::manual_seed(seed);
    model->init_weights();
    return model->parameters();
  };
  const auto first = initialised(5), second = initialised(5), other = initialised(6);
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_TRUE(torch::equal(first[i], second[i]));
  EXPECT_FALSE(torch::equal(first[0], other[0]));
}

TEST(Gpt2Model, DropsOutWhileTrainingOnly) {
  auto model = make_model(architecture_of({}), {.dropout = 0.5});
  model->init_weights();
  const auto tokens_BT = random_tokens(1, 10);
  model->train();
  EXPECT_FALSE(torch::equal(logits_of(*model, tokens_BT), logits_of(*model, tokens_BT)));
  model->eval();
  EXPECT_TRUE(torch::equal(logits_of(*model, tokens_BT), logits_of(*model, tokens_BT)));
}

TEST(Gpt2Model, DropsAttentionByTheArchitecturesDropatt) {
  auto model = make_model(architecture_of({.dropatt = 0.5}));
  torch::NoGradGuard no_grad;
  for (auto& parameter : model->parameters()) parameter.normal_(0.0, 0.3);
  const auto tokens_BT = random_tokens(1, 10);
  model->train();
  EXPECT_FALSE(torch::equal(logits_of(*model, tokens_BT), logits_of(*model, tokens_BT)));
}

TEST(Gpt2Model, SendsAGradientToEveryParameter) {
  auto model = small_model();
  model->train();
  const auto tokens_BT = random_tokens(2, 32);
  model->head(model->trunk(tokens_BT)).square().mean().backward();
  for (const auto& item : model->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_GT(item.value().grad().abs().max().item<float>(), 0.0F) << item.key();
  }
}

}  // namespace
}  // namespace lts::space

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <complex>
#include <functional>
#include <utility>
#include <vector>

#include "core/random.h"
#include "space/attention.h"
#include "space/family.h"
#include "space/inference_model.h"
#include "space/language_model.h"
#include "space/llama/model_rotation.h"
#include "space/model_folder.h"
#include "space/model_weights.h"
#include "space/tensor_file.h"
#include "tests/expect_error.h"
#include "tests/space/model_checks.h"
#include "tests/space/small_models.h"
#include "tests/temporary_folder.h"

namespace lts::space {
namespace {

using lts::testing::error_message;
using lts::testing::TemporaryFolder;
using ::testing::EndsWith;
using ::testing::HasSubstr;

struct SmallLlama {
  std::int32_t n_layer = 3, d_model = 24, d_inner = 40, n_head = 4, n_kv_head = 2;
  std::int32_t vocab_size = 97, max_sequence_length = 64;
  double dropatt = 0.0;
};

Architecture llama_of(const SmallLlama& s) {
  return {
      family_named("llama"),
      {s.n_layer, s.d_model, s.d_inner, s.n_head, s.n_kv_head, s.vocab_size, s.max_sequence_length},
      s.dropatt};
}

ModelPtr small_llama(const SmallLlama& small = {}) { return wide_model(llama_of(small)); }

TEST(LlamaModel, HasAsManyParametersAsTheClosedFormSays) {
  Rng rng(9);
  for (int i = 0; i < 40; ++i) {
    const auto draw = [&](std::int32_t last) {
      return static_cast<std::int32_t>(rng.randint(1, last));
    };
    SmallLlama small{.n_layer = draw(8), .d_inner = draw(200), .n_kv_head = draw(3)};
    small.n_head = small.n_kv_head * draw(3);
    small.d_model = 2 * small.n_head * draw(12);
    small.vocab_size = draw(3000);
    const auto architecture = llama_of(small);
    std::int64_t values = 0;
    for (const auto& parameter : make_model(architecture)->parameters())
      values += parameter.numel();
    EXPECT_EQ(values, architecture.family().counts(architecture).total_params())
        << summary(architecture);
  }
}

TEST(LlamaModel, RefusesAFlawedArchitectureAndPositionsItDoesNotHave) {
  EXPECT_EQ(error_message([] { make_model(llama_of({.n_kv_head = 3})); }),
            "n_head 4 is not divisible by n_kv_head 3");
  const auto model = small_llama();
  EXPECT_THAT(error_message([&] { logits_of(*model, random_tokens(1, 65)); }),
              HasSubstr("sequence of 65 tokens; the model's max_sequence_length is 64"));
}

// The definition by complex numbers (arXiv 2104.09864, section 3): a pair is a number, a position
// turns it.
TEST(LlamaRotation, TurnsPairsByTheirPosition) {
  constexpr int kWidth = 6, kFirst = 5, kLength = 3;
  const auto heads_BHTK = torch::randn({2, 3, kLength, kWidth});
  RotationTable table(kWidth, 10);
  const auto got = table.at(kFirst, kLength, heads_BHTK).of(heads_BHTK);
  for (int t = 0; t < kLength; ++t) {
    for (int c = 0; c < kWidth / 2; ++c) {
      const double angle = (kFirst + t) * std::pow(10'000.0, -2.0 * c / kWidth);
      const auto pair = [&](const torch::Tensor& heads) {
        const auto at = heads[1][2][t];
        return std::complex<double>(at[c].item<double>(), at[c + kWidth / 2].item<double>());
      };
      EXPECT_LT(std::abs(pair(got) - pair(heads_BHTK) * std::polar(1.0, angle)), 1e-5);
    }
  }
}

TEST(LlamaRotation, KeepsDtypeAndGrowsWithThePositions) {
  RotationTable table(4, 100);
  const auto early = table.at(0, 3, torch::empty({1}));
  const auto late = table.at(90, 10, torch::empty({1}));
  EXPECT_TRUE(torch::equal(table.at(0, 3, torch::empty({1})).cos_TC, early.cos_TC));
  EXPECT_TRUE(torch::equal(table.at(95, 5, torch::empty({1})).sin_TC, late.sin_TC.narrow(0, 5, 5)));
  EXPECT_EQ(table.at(0, 3, torch::empty({1}, torch::kFloat64)).cos_TC.scalar_type(),
            torch::kFloat64);
}

// Each key head repeated for its query heads, and a mask written out.
TEST(GroupedAttention, IsThatOfRepeatedKeys) {
  for (const std::int64_t num_queries : {1, 4, 9}) {
    const auto query_BHTK = torch::randn({2, 6, num_queries, 8});
    const auto key_BGSK = torch::randn({2, 2, 9, 8}), value_BGSK = torch::randn({2, 2, 9, 8});
    const auto repeated = [](const torch::Tensor& heads) { return heads.repeat_interleave(3, 1); };
    const auto mask_TS = torch::ones({num_queries, 9}, torch::kBool).tril(9 - num_queries);
    const auto scores_BHTS =
        (query_BHTK.matmul(repeated(key_BGSK).transpose(2, 3)) / std::sqrt(8.0))
            .masked_fill(~mask_TS, -INFINITY);
    const auto expected_BHTK = scores_BHTS.softmax(-1).matmul(repeated(value_BGSK));
    const auto got_BHTK = causal_attention(query_BHTK, key_BGSK, value_BGSK, 0.0);
    EXPECT_TRUE(torch::allclose(got_BHTK, expected_BHTK, 1e-4, 1e-5)) << num_queries;
  }
}

TEST(LlamaModel, DoesNotLookAhead) { expect_no_look_ahead(*small_llama()); }

TEST(LlamaModel, GivesTheSameInPiecesOverACache) {
  for (const std::int32_t n_kv_head : {1, 2, 4}) {
    expect_the_same_in_pieces(small_llama({.n_kv_head = n_kv_head}), KvCache(3, 4));
  }
}

/// Gains around 1 and matrices narrow enough that rounding does not grow from layer to layer; the
/// embedding is wide, so that logits spread.
ModelPtr calm_llama(const SmallLlama& small) {
  const torch::NoGradGuard no_grad;
  const auto model = small_llama(small);
  for (auto& item : model->named_parameters()) {
    item.value().mul_(item.key() == model->embedding_name() ? 2.0 : 0.5);
    if (item.value().dim() == 1) item.value().add_(1.0);
  }
  return model;
}

torch::Tensor log_probabilities(const torch::Tensor& logits) {
  return logits.to(torch::kFloat32).log_softmax(-1);
}

/// Root mean square of the differences over that of the values, as for GPT-2.
double relative_error(const torch::Tensor& got, const torch::Tensor& expected) {
  return ((got - expected).norm() / expected.norm()).item<double>();
}

TEST(LlamaInference, GivesTheModulesLogProbabilitiesInEveryPrecision) {
  const std::vector<std::pair<Precision, double>> tolerances = {
      {Precision::kFloat32, 2e-6},
      {Precision::kBfloat16, 0.02},
      {Precision::kInt8, 0.06},
      {Precision::kBfloat16Weights, 0.02}};
  const SmallLlama odd{.d_model = 70, .d_inner = 33, .n_head = 5, .n_kv_head = 1};
  for (const SmallLlama& small : {SmallLlama{}, odd}) {
    for (const auto& [batch_size, length] : {std::pair{1, 1}, {1, 64}, {3, 5}}) {
      const auto tokens_BT = random_tokens(batch_size, length);
      const auto expected = log_probabilities(logits_of(*calm_llama(small), tokens_BT));
      EXPECT_GT(expected.max().item<float>() - expected.min().item<float>(), 5.0F);
      for (const auto& [precision, tolerance] : tolerances) {
        const auto model = calm_llama(small);
        if (precision == Precision::kBfloat16 || precision == Precision::kBfloat16Weights)
          model->to(torch::kBFloat16);
        const auto got = log_probabilities(logits_of(*make_inference(model, precision), tokens_BT));
        EXPECT_LE(relative_error(got, expected), tolerance)
            << static_cast<int>(precision) << ", " << batch_size << " x " << length;
      }
    }
  }
}

TEST(LlamaInference, HoldsItsWeightsPackedAndTheEmbeddingOnce) {
  const SmallLlama small{.d_model = 64, .d_inner = 96, .n_head = 2, .n_kv_head = 1};
  const auto architecture = llama_of(small);
  const Counts counts = architecture.family().counts(architecture);
  const auto model = small_llama(small);
  const auto inference = make_inference(model, Precision::kFloat32);
  EXPECT_GE(inference->packed_bytes(), 4 * (counts.attention_params + counts.ffn_params));
  EXPECT_EQ(inference->held_bytes() - inference->packed_bytes(),
            4 * (counts.norm_params + counts.embedding_params));
  EXPECT_THAT(error_message([&] { inference->trunk(random_tokens(1, 65), nullptr); }),
              HasSubstr("sequence of 65 tokens; the model's max_sequence_length is 64"));
}

TEST(PlainInference, RefusesInt8) {
  EXPECT_EQ(
      error_message([] { plain_inference(small_llama(), Precision::kInt8); }, ErrorKind::kRuntime),
      "llama:n_layer=3,d_model=24,d_inner=40,n_head=4,n_kv_head=2: dtype int8 needs an inference "
      "form, which family 'llama' does not have here; float32 and bfloat16 work");
}

TEST(KvCache, HoldsZerosInTheShapeOfWhatItHeld) {
  KvCache cache(2, 10);
  for (const std::int64_t layer : {0, 1}) {
    const auto keys_BGTK = torch::ones({2, 3 + layer, 1, 4});
    cache.append(layer, keys_BGTK, keys_BGTK);
  }
  cache.fill_with_zeros(6);
  EXPECT_EQ(cache.length(), 6);
  const auto last_BGTK = torch::ones({2, 3, 1, 4});
  const auto keys_BGSK = cache.append(0, last_BGTK, last_BGTK).first;
  EXPECT_EQ(keys_BGSK.sizes(), (std::vector<std::int64_t>{2, 3, 7, 4}));
  EXPECT_EQ(keys_BGSK.sum().item<float>(), 2 * 3 * 4);
}

TEST(LlamaModel, SendsAGradientToEveryParameterAlsoAfterAPassWithoutGradients) {
  const auto model = small_llama();
  const auto tokens_BT = random_tokens(2, 64);
  {
    const c10::InferenceMode inference;
    model->trunk(tokens_BT);
  }
  model->train();
  model->head(model->trunk(tokens_BT)).square().mean().backward();
  for (const auto& item : model->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_GT(item.value().grad().abs().max().item<float>(), 0.0F) << item.key();
  }
}

TEST(LlamaModel, DropsOutWhileTrainingOnly) {
  const auto tokens_BT = random_tokens(1, 10);
  const auto drops = [&](LanguageModel& model) {
    return !torch::equal(logits_of(model, tokens_BT), logits_of(model, tokens_BT));
  };
  const auto residual = make_model(llama_of({}), {.dropout = 0.5});
  residual->init_weights();
  residual->train();
  EXPECT_TRUE(drops(*residual));
  residual->eval();
  EXPECT_FALSE(drops(*residual));
  const auto attention = small_llama({.dropatt = 0.5});
  EXPECT_FALSE(drops(*attention));
  attention->train();
  EXPECT_TRUE(drops(*attention));
}

// As LlamaForCausalLM: 0.02 everywhere, gains 1.
TEST(LlamaModel, InitialisesAsTransformers) {
  const auto model = make_model(llama_of({.n_layer = 8, .d_model = 128, .d_inner = 256}));
  torch::manual_seed(3);
  model->init_weights();
  for (const auto& item : model->named_parameters()) {
    if (item.value().dim() == 1) {
      EXPECT_TRUE(torch::equal(item.value(), torch::ones_like(item.value()))) << item.key();
    } else {
      EXPECT_NEAR(item.value().std().item<double>(), 0.02, 0.001) << item.key();
    }
  }
}

/// The model of a folder whose weights went through `change`.
ModelPtr load_changed(const LanguageModel& model,
                      const std::function<void(NamedTensors&)>& change) {
  const TemporaryFolder folder;
  for (const auto& [name, content] : model_files(model)) folder.write(name, content);
  auto weights = hugging_face_weights(model);
  change(weights);
  folder.write("model.safetensors", tensor_file_bytes(weights));
  return load_model(folder.path());
}

// The tied matrix under the head's name, no prefix, the frequencies of older transformers.
TEST(LlamaFolder, TakesWhatHuggingFaceWrites) {
  const auto model = small_llama();
  const auto tokens_BT = random_tokens(1, 12);
  const auto expected_BTV = logits_of(*model, tokens_BT);
  const auto same = load_changed(*model, [](NamedTensors&) {});
  EXPECT_EQ(same->architecture(), model->architecture());
  EXPECT_TRUE(torch::equal(logits_of(*same, tokens_BT), expected_BTV));
  const auto bare = load_changed(*model, [](NamedTensors& weights) {
    NamedTensors renamed;
    for (const auto& [name, tensor] : weights) renamed[name.substr(6)] = tensor;
    renamed["lm_head.weight"] = renamed["embed_tokens.weight"];
    renamed.erase("embed_tokens.weight");
    renamed["layers.0.self_attn.rotary_emb.inv_freq"] = torch::ones({3});
    weights = renamed;
  });
  EXPECT_TRUE(torch::equal(logits_of(*bare, tokens_BT), expected_BTV));
}

TEST(LlamaFolder, RefusesAnUntiedHeadAndForeignTensors) {
  const auto message = [](const std::function<void(NamedTensors&)>& change) {
    return error_message([&] { load_changed(*small_llama(), change); });
  };
  EXPECT_THAT(
      message([](auto& w) { w["lm_head.weight"] = w["model.embed_tokens.weight"] + 1; }),
      EndsWith("lm_head.weight differs from model.embed_tokens.weight; this program's models tie "
               "the head to the embedding"));
  EXPECT_THAT(message([](auto& w) { w["norm.weight"] = w["model.norm.weight"]; }),
              EndsWith("tensor 'model.norm.weight' is there twice, with and without 'model.'"));
  EXPECT_THAT(message([](auto& w) { w.erase("model.layers.2.mlp.up_proj.weight"); }),
              EndsWith("tensor 'model.layers.2.mlp.up_proj.weight' is missing"));
  EXPECT_THAT(
      message([](auto& w) { w["model.layers.0.self_attn.q_proj.bias"] = torch::ones({24}); }),
      EndsWith("tensor 'model.layers.0.self_attn.q_proj.bias' is no part of the model in "
               "config.json"));
}

}  // namespace
}  // namespace lts::space

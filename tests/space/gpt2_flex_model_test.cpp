#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/random.h"
#include "space/family.h"
#include "space/inference_model.h"
#include "space/language_model.h"
#include "space/model_folder.h"
#include "tests/space/model_checks.h"
#include "tests/space/small_models.h"
#include "tests/temporary_folder.h"

namespace lts::space {
namespace {

using lts::testing::TemporaryFolder;

/// Three layers of a model 24 wide, with these widths and heads.
Architecture flex(std::vector<std::int32_t> d_inner, std::vector<std::int32_t> n_head) {
  std::vector<std::int32_t> genes = {3, 24, 97, 64};
  genes.insert(genes.end(), d_inner.begin(), d_inner.end());
  genes.insert(genes.end(), n_head.begin(), n_head.end());
  return {family_named("gpt2_flex"), std::move(genes)};
}

Architecture uneven() { return flex({40, 7, 130}, {4, 1, 8}); }

TEST(Gpt2FlexModel, HasAsManyParametersAsTheClosedFormSays) {
  Rng rng(9);
  for (int i = 0; i < 40; ++i) {
    const auto draw = [&](std::int32_t last) {
      return static_cast<std::int32_t>(rng.randint(1, last));
    };
    const auto architecture = flex({draw(200), draw(200), draw(200)}, {4, 8, 2});
    std::int64_t values = 0;
    for (const auto& parameter : make_model(architecture)->parameters())
      values += parameter.numel();
    EXPECT_EQ(values, architecture.family().counts(architecture).total_params());
  }
}

TEST(Gpt2FlexModel, IsGpt2WhereLayersAreAlike) {
  const auto ours = wide_model(flex({40, 40, 40}, {4, 4, 4}));
  const auto gpt2 = small_model({.max_sequence_length = 64});
  const torch::NoGradGuard no_grad;
  const auto theirs = gpt2->named_parameters();
  for (auto& item : ours->named_parameters()) item.value().copy_(theirs[item.key()]);
  const auto tokens_BT = random_tokens(2, 30);
  EXPECT_TRUE(torch::equal(logits_of(*ours, tokens_BT), logits_of(*gpt2, tokens_BT)));
}

// The same weights under other heads: each layer's own number counts.
TEST(Gpt2FlexModel, ComputesEachLayerWithItsHeads) {
  const auto tokens_BT = random_tokens(1, 20);
  const auto model = wide_model(uneven());
  const auto expected_BTV = logits_of(*model, tokens_BT);
  for (const std::vector<std::int32_t>& n_head :
       {std::vector<std::int32_t>{8, 1, 8}, {4, 4, 8}, {4, 1, 4}}) {
    const auto other = wide_model(flex({40, 7, 130}, n_head));
    EXPECT_FALSE(torch::allclose(logits_of(*other, tokens_BT), expected_BTV, 1e-3, 1e-3));
  }
}

TEST(Gpt2FlexModel, GivesTheSameInPiecesOverACache) {
  expect_the_same_in_pieces(wide_model(uneven()), KvCache(3));
}

TEST(Gpt2FlexModel, SendsAGradientToEveryParameter) {
  const auto model = wide_model(uneven());
  model->train();
  model->head(model->trunk(random_tokens(2, 64))).square().mean().backward();
  for (const auto& item : model->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_GT(item.value().grad().abs().max().item<float>(), 0.0F) << item.key();
  }
}

TEST(Gpt2FlexModel, ComesBackFromItsFolder) {
  const TemporaryFolder folder;
  const auto model = wide_model(uneven());
  for (const auto& [name, content] : model_files(*model)) folder.write(name, content);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "modeling_gpt2_flex.py"));
  const auto loaded = load_model(folder.path());
  EXPECT_EQ(loaded->architecture(), flex({40, 7, 130}, {4, 1, 8}));
  const auto tokens_BT = random_tokens(1, 12);
  EXPECT_TRUE(torch::equal(logits_of(*loaded, tokens_BT), logits_of(*model, tokens_BT)));
}

}  // namespace
}  // namespace lts::space

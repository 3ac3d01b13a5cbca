#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "space/inference_model.h"
#include "tests/space/small_models.h"

namespace lts::space {

// What holds for the module of every family. The vocabulary has 97 tokens or more.

/// Logits do not depend on tokens that come later, and do on the others.
inline void expect_no_look_ahead(LanguageModel& model) {
  auto tokens_BT = random_tokens(2, 20);
  const auto before_BTV = logits_of(model, tokens_BT);
  tokens_BT.narrow(1, 12, 8) = (tokens_BT.narrow(1, 12, 8) + 1) % 97;
  const auto after_BTV = logits_of(model, tokens_BT);
  EXPECT_TRUE(torch::allclose(before_BTV.narrow(1, 0, 12), after_BTV.narrow(1, 0, 12), 1e-5, 1e-5));
  EXPECT_FALSE(torch::allclose(before_BTV.narrow(1, 12, 8), after_BTV.narrow(1, 12, 8)));
}

/// Pieces over a cache have the logits of one pass, in the module and in its inference form.
/// `fast_cache`: the latter's.
inline void expect_the_same_in_pieces(const ModelPtr& model, KvCache fast_cache) {
  const auto inference = make_inference(model, Precision::kFloat32);
  const auto tokens_BT = random_tokens(2, 40);
  const auto whole_BTV = logits_of(*model, tokens_BT);
  KvCache cache(model->architecture().n_layer());
  std::int64_t begin = 0;
  for (const std::int64_t length : {7, 1, 1, 31}) {
    const auto piece_BT = tokens_BT.narrow(1, begin, length);
    const auto expected_BTV = whole_BTV.narrow(1, begin, length);
    EXPECT_TRUE(torch::allclose(logits_of(*model, piece_BT, &cache), expected_BTV, 1e-4, 1e-4));
    EXPECT_TRUE(
        torch::allclose(logits_of(*inference, piece_BT, &fast_cache), expected_BTV, 1e-3, 1e-3));
    begin += length;
    EXPECT_EQ(cache.length(), begin);
  }
}

}  // namespace lts::space

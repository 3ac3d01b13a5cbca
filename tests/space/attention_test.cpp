#include "space/attention.h"

#include <gtest/gtest.h>

#include <vector>

namespace lts::space {
namespace {

// B, H, T, K: LibTorch's own attention is what both must equal.
TEST(WideHeads, EqualScaledDotProductAttentionAndItsGradients) {
  torch::manual_seed(4);
  std::vector<torch::Tensor> inputs;
  for (int i = 0; i < 3; ++i) inputs.push_back(torch::randn({2, 7, 3, 40}));
  const auto gradients = [&](auto&& attend) {
    std::vector<torch::Tensor> leaves;
    for (const auto& input : inputs) leaves.push_back(input.clone().requires_grad_());
    const auto attended_BHTK =
        attend(leaves[0].transpose(1, 2), leaves[1].transpose(1, 2), leaves[2].transpose(1, 2));
    (attended_BHTK * torch::arange(280).view({1, 1, 7, 40}) / 100).sum().backward();
    std::vector<torch::Tensor> out = {attended_BHTK.detach()};
    for (const auto& leaf : leaves) out.push_back(leaf.grad());
    return out;
  };
  const auto ours = gradients(wide_heads);
  const auto theirs = gradients([](const auto& query, const auto& key, const auto& value) {
    return at::scaled_dot_product_attention(query, key, value, {}, 0.0, /*is_causal=*/true);
  });
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_TRUE(torch::allclose(ours[i], theirs[i], 1e-4, 1e-5)) << i;
}

}  // namespace
}  // namespace lts::space

#pragma once

#include <torch/torch.h>

namespace lts::space {

/// LibTorch's causal attention, the queries being the last positions of the keys:
/// [B,H,T,K] x [B,G,S,K] x [B,G,S,K] -> [B,H,T,K]. With fewer key than query heads (G divides H)
/// the first H/G query heads share the first key head, and so on (grouped-query attention).
/// Heads too wide for flash attention are trained on a GPU by wide_heads.
torch::Tensor causal_attention(const torch::Tensor& query_BHTK, const torch::Tensor& key_BGSK,
                               const torch::Tensor& value_BGSK, double dropout);

/// The same for as many keys as queries and heads alike, by two matrix products with all weights
/// between them, [B*H,T,T], which the backward pass keeps.
torch::Tensor wide_heads(const torch::Tensor& query_BHTK, const torch::Tensor& key_BHTK,
                         const torch::Tensor& value_BHTK);

}  // namespace lts::space

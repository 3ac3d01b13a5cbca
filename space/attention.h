#pragma once

#include <torch/torch.h>

namespace lts::space {

/// LibTorch's causal attention, the queries being the last positions of the keys:
/// [B,H,T,K] x [B,G,S,K] x [B,G,S,K] -> [B,H,T,K]. With fewer key than query heads (G divides H)
/// the first H/G query heads share the first key head, and so on (grouped-query attention).
torch::Tensor causal_attention(const torch::Tensor& query_BHTK, const torch::Tensor& key_BGSK,
                               const torch::Tensor& value_BGSK, double dropout);

}  // namespace lts::space

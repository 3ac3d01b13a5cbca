#pragma once

#include <torch/torch.h>

namespace lts::space {

/// LibTorch's causal attention, the queries being the last positions of the keys:
/// [B,H,T,K] x [B,H,S,K] x [B,H,S,K] -> [B,H,T,K].
torch::Tensor causal_attention(const torch::Tensor& query_BHTK, const torch::Tensor& key_BHSK,
                               const torch::Tensor& value_BHSK, double dropout);

}  // namespace lts::space

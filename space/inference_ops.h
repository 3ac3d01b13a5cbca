#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace lts::space {

// What an inference form is made of beside its linears. fp32 on the CPU goes to the kernels of
// space/kernels, the rest to LibTorch's. Shape suffixes: M rows (positions of all sequences), D
// model width, B batch, H heads, T queries, S keys, K head width, V vocabulary.

/// Layer norm of the rows of hidden_MD; by the kernels into `room_MD` where that is defined.
torch::Tensor normalised(const torch::Tensor& hidden_MD, const torch::Tensor& gain_D,
                         const torch::Tensor& bias_D, double epsilon,
                         const torch::Tensor& room_MD = {});

/// RMS norm of the rows, likewise.
torch::Tensor rms_normalised(const torch::Tensor& hidden_MD, const torch::Tensor& gain_D,
                             double epsilon, const torch::Tensor& room_MD = {});

/// Causal attention, the queries being the last positions of the keys: [B*T, H*K], heads side by
/// side; by the kernels into `room_MD` where that is defined. Keys and values may have fewer heads,
/// as in causal_attention (attention.h). Any strides but that of the last dimension, which is 1.
torch::Tensor attended(const torch::Tensor& query_BHTK, const torch::Tensor& key_BGSK,
                       const torch::Tensor& value_BGSK, const torch::Tensor& room_MD = {});

/// hidden [..., D] times the rows of a large weight_VD: [..., V] in fp32. Made for few rows: reads
/// the weight once, at the speed of memory; under an fp32 hidden it may be bf16.
torch::Tensor row_products(const torch::Tensor& hidden, const torch::Tensor& weight_VD);

}  // namespace lts::space

#include "space/attention.h"

#include <cmath>
#include <limits>
#include <optional>

namespace lts::space {

namespace {

// [B,G,S,K] -> [B,H,S,K]: each head as often as query heads share it.
torch::Tensor repeated(const torch::Tensor& heads_BGSK, std::int64_t num_heads) {
  const auto num_sequences = heads_BGSK.size(0), groups = heads_BGSK.size(1),
             length = heads_BGSK.size(2), width = heads_BGSK.size(3);
  return heads_BGSK.unsqueeze(2)
      .expand({num_sequences, groups, num_heads / groups, length, width})
      .reshape({num_sequences, num_heads, length, width});
}

// One position: the heads that share a key are as many queries of one head, and nothing is copied.
torch::Tensor last_position(const torch::Tensor& query_BH1K, const torch::Tensor& key_BGSK,
                            const torch::Tensor& value_BGSK, double dropout) {
  const auto groups = key_BGSK.size(1);
  const auto query_BGRK = query_BH1K.reshape({query_BH1K.size(0), groups, -1, query_BH1K.size(3)});
  return at::scaled_dot_product_attention(query_BGRK, key_BGSK, value_BGSK, {}, dropout)
      .reshape(query_BH1K.sizes());
}

constexpr std::int64_t kWidestFlashHead = 256;
constexpr std::int64_t kMostWeightsBytes = std::int64_t{1} << 30;  // of a layer

// LibTorch's kernel for such heads, made for less memory, trains at a fifth of a GPU's rate.
bool are_trained_wide_heads(const torch::Tensor& query_BHTK, double dropout) {
  const std::int64_t weights = query_BHTK.numel() / query_BHTK.size(3) * query_BHTK.size(2);
  return query_BHTK.is_cuda() && query_BHTK.requires_grad() && dropout == 0 &&
         query_BHTK.size(3) > kWidestFlashHead &&
         weights * query_BHTK.element_size() <= kMostWeightsBytes;
}

}  // namespace

// N = B * H.
torch::Tensor wide_heads(const torch::Tensor& query_BHTK, const torch::Tensor& key_BHTK,
                         const torch::Tensor& value_BHTK) {
  const auto length = query_BHTK.size(2), width = query_BHTK.size(3);
  const auto heads = [&](const torch::Tensor& tensor_BHTK) {
    return tensor_BHTK.reshape({-1, length, width});
  };
  const auto mask_TT =
      torch::full({length, length}, -std::numeric_limits<double>::infinity(), query_BHTK.options())
          .triu(1);
  const auto keys_NKT = heads(key_BHTK).transpose(1, 2);
  const auto scores_NTT = at::baddbmm(mask_TT, heads(query_BHTK), keys_NKT, /*beta=*/1,
                                      /*alpha=*/1 / std::sqrt(static_cast<double>(width)));
  return at::bmm(at::softmax(scores_NTT, -1), heads(value_BHTK)).view(query_BHTK.sizes());
}

// is_causal aligns the mask's top left corner: right only where no earlier positions are cached.
// One new position sees all; several after a filled cache need a mask of their own.
torch::Tensor causal_attention(const torch::Tensor& query_BHTK, const torch::Tensor& key_BGSK,
                               const torch::Tensor& value_BGSK, double dropout) {
  const std::int64_t num_heads = query_BHTK.size(1), num_queries = query_BHTK.size(2),
                     num_keys = key_BGSK.size(2);
  if (num_heads != key_BGSK.size(1)) {
    if (num_queries == 1) return last_position(query_BHTK, key_BGSK, value_BGSK, dropout);
    return causal_attention(query_BHTK, repeated(key_BGSK, num_heads),
                            repeated(value_BGSK, num_heads), dropout);
  }
  if (num_keys == num_queries && are_trained_wide_heads(query_BHTK, dropout))
    return wide_heads(query_BHTK, key_BGSK, value_BGSK);
  std::optional<torch::Tensor> mask_TS;
  if (num_queries > 1 && num_keys > num_queries)
    mask_TS = torch::ones({num_queries, num_keys}, query_BHTK.options().dtype(torch::kBool))
                  .tril(num_keys - num_queries);
  const bool is_causal = num_queries > 1 && num_keys == num_queries;
  return at::scaled_dot_product_attention(query_BHTK, key_BGSK, value_BGSK, mask_TS, dropout,
                                          is_causal);
}

}  // namespace lts::space

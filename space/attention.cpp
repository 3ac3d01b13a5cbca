#include "space/attention.h"

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

}  // namespace

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
  std::optional<torch::Tensor> mask_TS;
  if (num_queries > 1 && num_keys > num_queries)
    mask_TS = torch::ones({num_queries, num_keys}, query_BHTK.options().dtype(torch::kBool))
                  .tril(num_keys - num_queries);
  const bool is_causal = num_queries > 1 && num_keys == num_queries;
  return at::scaled_dot_product_attention(query_BHTK, key_BGSK, value_BGSK, mask_TS, dropout,
                                          is_causal);
}

}  // namespace lts::space

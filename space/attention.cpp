#include "space/attention.h"

#include <optional>

namespace lts::space {

// is_causal aligns the mask's top left corner: right only where no earlier positions are cached.
// One new position sees all; several after a filled cache need a mask of their own.
torch::Tensor causal_attention(const torch::Tensor& query_BHTK, const torch::Tensor& key_BHSK,
                               const torch::Tensor& value_BHSK, double dropout) {
  const std::int64_t num_queries = query_BHTK.size(2), num_keys = key_BHSK.size(2);
  std::optional<torch::Tensor> mask_TS;
  if (num_queries > 1 && num_keys > num_queries)
    mask_TS = torch::ones({num_queries, num_keys}, query_BHTK.options().dtype(torch::kBool))
                  .tril(num_keys - num_queries);
  const bool is_causal = num_queries > 1 && num_keys == num_queries;
  return at::scaled_dot_product_attention(query_BHTK, key_BHSK, value_BHSK, mask_TS, dropout,
                                          is_causal);
}

}  // namespace lts::space

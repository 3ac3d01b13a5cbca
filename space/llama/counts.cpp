#include "space/llama/counts.h"

#include "space/spectral_capacity.h"

namespace lts::space::llama {
namespace {

/// Query and output projections, and the narrower ones of keys and values.
std::int64_t attention_params(const Config& c) {
  return 2 * c.d_model * c.d_model + 2 * c.d_model * c.d_kv();
}

std::int64_t ffn_params(const Config& c) { return 3 * c.d_model * c.d_inner; }

/// 2 per multiply-add: projections, causal attention of every query head over (T + 1) / 2 keys on
/// average, the head.
std::int64_t flops_per_token(const Config& c) {
  const std::int64_t projections = 2 * (attention_params(c) + ffn_params(c));
  const std::int64_t attention = 2 * c.d_model * (c.max_sequence_length + 1);
  return c.n_layer * (projections + attention) + 2 * c.d_model * c.vocab_size;
}

/// Of a layer the outputs of both norms before and after their gain, query, key and value of every
/// query head, the attention's output, the residual sums; of the feed-forward block the gate before
/// and after SiLU, what it gates, and the product; then the final norm.
std::int64_t kept_values_per_token(const Config& c) {
  return (10 * c.n_layer + 3) * c.d_model + 4 * c.n_layer * c.d_inner;
}

/// As space/spectral_capacity.h has it for GPT-2, over the matrices that a layer has here.
double layer_capacity(const Config& c) {
  const auto narrow = static_cast<double>(c.n_head + 2 * c.n_kv_head);
  return narrow * matrix_spectral_capacity(c.d_model, c.d_head()) +
         matrix_spectral_capacity(c.d_model, c.d_model) +
         3 * matrix_spectral_capacity(c.d_inner, c.d_model);
}

}  // namespace

Counts count(const Config& c) {
  Counts out;
  out.attention_params = c.n_layer * attention_params(c);
  out.ffn_params = c.n_layer * ffn_params(c);
  out.norm_params = (2 * c.n_layer + 1) * c.d_model;
  out.embedding_params = c.vocab_size * c.d_model;
  out.flops_per_token = flops_per_token(c);
  out.kv_cache_bytes_per_token = 4 * 2 * c.n_layer * c.d_kv();
  out.spectral_capacity = static_cast<double>(c.n_layer) * layer_capacity(c);
  out.kept_values_per_token = kept_values_per_token(c);
  return out;
}

}  // namespace lts::space::llama

#include "space/gpt2/counts.h"

#include <functional>
#include <numeric>
#include <set>

#include "space/spectral_capacity.h"

namespace lts::space::gpt2 {
namespace {

constexpr double kBytesPerMib = 1024.0 * 1024.0;

/// Of all layers.
std::int64_t d_inner_sum(const Config& c) {
  return std::accumulate(c.d_inner.begin(), c.d_inner.end(), std::int64_t{0});
}

/// Values the reference's exporter stores: matrices, embeddings (the head shares them), and each
/// distinct 1-D initialiser of a fresh model once (ones of d, zeros of d, 3 d and each d_inner).
std::int64_t stored_values(const Config& c) {
  std::set<std::int64_t> inner_biases(c.d_inner.begin(), c.d_inner.end());
  inner_biases.erase(c.d_model);
  inner_biases.erase(3 * c.d_model);
  const std::int64_t vectors =
      std::accumulate(inner_biases.begin(), inner_biases.end(), 5 * c.d_model);
  const std::int64_t matrices =
      c.n_layer * 4 * c.d_model * c.d_model + 2 * c.d_model * d_inner_sum(c);
  return matrices + c.d_model * (c.vocab_size + c.max_sequence_length) + vectors;
}

/// The graph itself, fitted to published files: attention fused (tools of 2023-01).
std::int64_t graph_bytes(const Config& c) { return 7'900 + 1'730 * c.n_layer; }

/// Attention not fused (tools of 2023-03), so the causal mask is a constant of the file.
std::int64_t graph_bytes_no_past(const Config& c) {
  return c.max_sequence_length * c.max_sequence_length + 2'247 + 19'397 * c.n_layer;
}

/// 2 per multiply-add: projections, causal attention over (T + 1) / 2 keys on average, the head.
std::int64_t flops_per_token(const Config& c) {
  const std::int64_t projections = 2 * 4 * c.d_model * c.d_model;
  const std::int64_t attention = 2 * c.d_model * (c.max_sequence_length + 1);
  const std::int64_t feed_forward = 4 * c.d_model * d_inner_sum(c);
  return c.n_layer * (projections + attention) + feed_forward + 2 * c.d_model * c.vocab_size;
}

/// Of a layer the inputs and outputs of both norms, query, key, value, the attention's output, the
/// residual sums, the feed-forward block's inside before and after GELU; then the final norm.
std::int64_t kept_values_per_token(const Config& c) {
  return (10 * c.n_layer + 3) * c.d_model + 2 * d_inner_sum(c);
}

double spectral_capacity(const Config& c) {
  return std::transform_reduce(c.d_inner.begin(), c.d_inner.end(), c.n_head.begin(), 0.0,
                               std::plus<>(), [&](std::int64_t d_inner, std::int64_t n_head) {
                                 return layer_spectral_capacity(c.d_model, d_inner, n_head);
                               });
}

}  // namespace

Counts count(const Config& c) {
  const std::int64_t d = c.d_model;
  Counts out;
  out.attention_params = c.n_layer * (4 * d * d + 4 * d);
  out.ffn_params = (2 * d + 1) * d_inner_sum(c) + c.n_layer * d;
  out.norm_params = c.n_layer * 4 * d + 2 * d;
  out.embedding_params = (c.vocab_size + c.max_sequence_length) * d;
  out.flops_per_token = flops_per_token(c);
  out.spectral_capacity = spectral_capacity(c);
  out.kv_cache_bytes_per_token = 4 * 2 * c.n_layer * d;
  out.kept_values_per_token = kept_values_per_token(c);
  const double values_bytes = 4.0 * static_cast<double>(stored_values(c));
  out.onnx_file_mib = (values_bytes + static_cast<double>(graph_bytes(c))) / kBytesPerMib;
  out.onnx_file_mib_no_past =
      (values_bytes + static_cast<double>(graph_bytes_no_past(c))) / kBytesPerMib;
  return out;
}

}  // namespace lts::space::gpt2

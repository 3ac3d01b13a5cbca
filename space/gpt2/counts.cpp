#include "space/gpt2/counts.h"

#include "space/spectral_capacity.h"

namespace lts::space::gpt2 {
namespace {

constexpr double kBytesPerMib = 1024.0 * 1024.0;

/// Values the reference's exporter stores: matrices, embeddings (the head shares them), and each
/// distinct 1-D initialiser of a fresh model once (ones of d, zeros of d, 3 d and d_inner).
std::int64_t stored_values(const Config& c) {
  const std::int64_t inner_bias =
      c.d_inner == c.d_model || c.d_inner == 3 * c.d_model ? 0 : c.d_inner;
  const std::int64_t vectors = 5 * c.d_model + inner_bias;
  const std::int64_t matrices = 4 * c.d_model * c.d_model + 2 * c.d_model * c.d_inner;
  return c.n_layer * matrices + c.d_model * (c.vocab_size + c.max_sequence_length) + vectors;
}

/// The graph itself, fitted to published files: attention fused (tools of 2023-01).
std::int64_t graph_bytes(const Config& c) { return 7'900 + 1'730 * c.n_layer; }

/// Attention not fused (tools of 2023-03), so the causal mask is a constant of the file.
std::int64_t graph_bytes_no_past(const Config& c) {
  return c.max_sequence_length * c.max_sequence_length + 2'247 + 19'397 * c.n_layer;
}

/// 2 per multiply-add: projections, causal attention over (T + 1) / 2 keys on average, the head.
std::int64_t flops_per_token(const Config& c) {
  const std::int64_t projections = 2 * (4 * c.d_model * c.d_model + 2 * c.d_model * c.d_inner);
  const std::int64_t attention = 2 * c.d_model * (c.max_sequence_length + 1);
  return c.n_layer * (projections + attention) + 2 * c.d_model * c.vocab_size;
}

}  // namespace

Counts count(const Config& c) {
  const std::int64_t d = c.d_model;
  Counts out;
  out.attention_params = c.n_layer * (4 * d * d + 4 * d);
  out.ffn_params = c.n_layer * (2 * d * c.d_inner + c.d_inner + d);
  out.norm_params = c.n_layer * 4 * d + 2 * d;
  out.embedding_params = (c.vocab_size + c.max_sequence_length) * d;
  out.flops_per_token = flops_per_token(c);
  out.spectral_capacity =
      static_cast<double>(c.n_layer) * layer_spectral_capacity(c.d_model, c.d_inner, c.n_head);
  out.kv_cache_bytes_per_token = 4 * 2 * c.n_layer * d;
  const double values_bytes = 4.0 * static_cast<double>(stored_values(c));
  out.onnx_file_mib = (values_bytes + static_cast<double>(graph_bytes(c))) / kBytesPerMib;
  out.onnx_file_mib_no_past =
      (values_bytes + static_cast<double>(graph_bytes_no_past(c))) / kBytesPerMib;
  return out;
}

}  // namespace lts::space::gpt2

#pragma once

#include <cstdint>
#include <optional>

namespace lts::space {

/// What an architecture counts in closed form. Parameters are numbers of values, the tied head
/// once.
struct Counts {
  std::int64_t attention_params = 0;  ///< query/key/value and output projections with biases
  std::int64_t ffn_params = 0;        ///< the linears of the feed-forward block with biases
  std::int64_t norm_params = 0;       ///< gains and biases, the final norm's too
  std::int64_t embedding_params = 0;  ///< (vocab_size + max_sequence_length) * d_model for gpt2
  std::int64_t flops_per_token = 0;   ///< one forward pass, 2 per multiply-add, head on every
                                      ///< position, mean over the positions of max_sequence_length
  std::int64_t kv_cache_bytes_per_token = 0;  ///< fp32
  double spectral_capacity = 0;               ///< sum of space/spectral_capacity.h over the layers
  /// The reference's file, reference/archai.md 1.6, use_past=True, as published; nothing for a
  /// family that the reference does not export.
  std::optional<double> onnx_file_mib;
  std::optional<double> onnx_file_mib_no_past;  ///< the same with use_past=False
  /// Values that a training step keeps of one token for the backward pass: an estimate.
  std::int64_t kept_values_per_token = 0;

  /// The published zero-cost proxy: all but the embeddings.
  std::int64_t decoder_params() const { return attention_params + ffn_params + norm_params; }
  std::int64_t total_params() const { return decoder_params() + embedding_params; }
  std::int64_t weight_bytes() const { return 4 * total_params(); }  ///< fp32
};

}  // namespace lts::space

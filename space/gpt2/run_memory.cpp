#include "space/gpt2/run_memory.h"

#include <algorithm>

#include "space/gpt2/counts.h"
#include "space/kernels/causal_attention.h"

namespace lts::space::gpt2 {

// Shape suffixes as in model_inference.cpp: M = B * T rows, D model width, F feed-forward width,
// V vocabulary.

namespace {

constexpr std::int64_t kValueBytes = 4;
constexpr std::int64_t kIdValues = 2;  // an id takes the room of two values

/// Values held at the widest moment of a pass over `length` positions after `past` others.
std::int64_t trunk_values(const Config& c, const RunShape& shape, std::int64_t length,
                          std::int64_t past) {
  const std::int64_t rows = shape.batch_size * length;
  const std::int64_t hidden_MD = rows * c.d_model, norm_or_attended_MD = hidden_MD;
  const std::int64_t projected_or_inner =
      rows * std::max(3 * c.d_model, std::ranges::max(c.d_inner));
  std::int64_t scratch = 0;  // of one thread, in the layer that takes most
  for (const std::int64_t n_head : c.n_head) {
    scratch = std::max(
        scratch, kernels::attention_scratch_values(length, past + length, c.d_model / n_head));
  }
  return hidden_MD + norm_or_attended_MD + projected_or_inner + shape.threads * scratch;
}

/// Logits beside the hidden states they come from; the inputs of several sequences are gathered
/// first.
std::int64_t head_values(const Config& c, const RunShape& shape, std::int64_t length) {
  const std::int64_t hidden_MD = shape.batch_size * length * c.d_model;
  const std::int64_t gathered_BD =
      shape.batch_size > 1 && length > 1 ? shape.batch_size * c.d_model : 0;
  return hidden_MD + gathered_BD + shape.batch_size * c.vocab_size;
}

}  // namespace

RunMemory run_memory(const Config& c, const RunShape& shape) {
  const std::int64_t logits_BV = shape.batch_size * c.vocab_size;
  std::int64_t widest = std::max({trunk_values(c, shape, shape.sequence_length, shape.past_length),
                                  head_values(c, shape, shape.sequence_length), 2 * logits_BV});
  // A step of a generation reads the last logits and the ids chosen from them; the longest is the
  // last.
  if (shape.new_tokens > 1) {
    const std::int64_t past = shape.past_length + shape.sequence_length + shape.new_tokens - 2;
    const std::int64_t read = logits_BV + shape.batch_size * kIdValues;
    widest =
        std::max({widest, read + trunk_values(c, shape, 1, past), read + head_values(c, shape, 1)});
  }
  const Counts counts = count(c);
  const bool has_cache = shape.past_length > 0 || shape.new_tokens > 0;
  const std::int64_t positions = shape.sequence_length + shape.past_length + shape.new_tokens;
  return {
      .weight_bytes = counts.weight_bytes(),
      .cache_bytes = has_cache ? shape.batch_size * positions * counts.kv_cache_bytes_per_token : 0,
      .activation_bytes = kValueBytes * widest};
}

}  // namespace lts::space::gpt2

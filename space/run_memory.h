#pragma once

#include <cstdint>

namespace lts::space {

/// What a run holds in memory depends on, beside the architecture. fp32 on the CPU.
struct RunShape {
  std::int64_t batch_size = 1;
  std::int64_t sequence_length = 192;  ///< positions of the pass
  std::int64_t past_length = 0;        ///< positions in the KV cache before it
  std::int64_t new_tokens = 0;         ///< > 0: a whole generation, the cache written on the way
  std::int64_t threads = 1;
};

/// Bytes held at once at most, weights included, from the sizes and lifetimes of the tensors of the
/// inference form (inference_model.h): no allocator is asked. Padding of weights to whole panels is
/// left out (none where the widths are multiples of 32).
struct RunMemory {
  std::int64_t weight_bytes = 0;
  std::int64_t cache_bytes = 0;       ///< room for every position of the run
  std::int64_t activation_bytes = 0;  ///< at the widest moment

  std::int64_t peak_bytes() const { return weight_bytes + cache_bytes + activation_bytes; }
};

}  // namespace lts::space

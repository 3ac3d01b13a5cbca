#pragma once

#include <cstdint>
#include <span>

#include "space/kernels/instruction_set.h"

namespace lts::train {

/// Cross-entropy of rows of logits and its gradient, in place: row r of [num_rows, width] becomes
/// softmax(row) - one_hot(targets[r]), and losses[r] = -log softmax(row)[targets[r]], in nats. The
/// sums are fp32. Each row is read while it is in the cache, and nothing is made beside it.
struct LossRows {
  const std::int64_t* targets;
  std::int64_t width;
  double* losses;
};

/// The rows [first, end) of fp32 logits.
void loss_rows(space::kernels::InstructionSet set, float* logits, const LossRows& rows,
               std::int64_t first, std::int64_t end);

/// The same for bfloat16 logits, given as their bits; `scratch` has room for `width` values.
void loss_rows(space::kernels::InstructionSet set, std::uint16_t* logits, const LossRows& rows,
               std::int64_t first, std::int64_t end, std::span<float> scratch);

}  // namespace lts::train

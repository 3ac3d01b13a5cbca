#pragma once

#include <cstdint>

#include "space/kernels/instruction_set.h"
#include "space/kernels/lanes.h"
#include "space/kernels/tile.h"

namespace lts::space::kernels {

/// Columns of a panel, the unit in which a packed weight is padded: two vectors.
std::int64_t panel_columns(InstructionSet set);

/// Values of a packed weight of `num_outputs` x `num_inputs`: its outputs filled up to whole
/// panels.
std::int64_t packed_values(InstructionSet set, std::int64_t num_outputs, std::int64_t num_inputs);

/// Packs panels [first, end) of a row-major weight [num_outputs, num_inputs] into `packed`
/// ([panels, num_inputs, panel_columns]), so that a product reads it as one stream.
void pack_panels(InstructionSet set, const float* weight, std::int64_t num_outputs,
                 std::int64_t num_inputs, std::int64_t first, std::int64_t end, float* packed);
void pack_panels(InstructionSet set, const Bfloat16* weight, std::int64_t num_outputs,
                 std::int64_t num_inputs, std::int64_t first, std::int64_t end, Bfloat16* packed);

/// output = epilogue(input weight^T + bias), in fp32 whatever the weight is kept in.
template <class Value>
struct LinearArgumentsOf {
  const float* input;   ///< [num_rows, num_inputs]
  const Value* weight;  ///< packed
  const float* bias;    ///< [num_outputs] filled up to whole panels
  float* output;        ///< [num_rows, num_outputs]
  std::int64_t num_rows, num_inputs, num_outputs;
  Epilogue epilogue;  ///< not kScaleRow
};
using LinearArguments = LinearArgumentsOf<float>;

/// Blocks of the product, to be shared out between threads: any partition gives the same values.
std::int64_t num_blocks(InstructionSet set, std::int64_t num_rows, std::int64_t num_outputs);
/// Instruction sets beyond the baseline must be available.
/// Computes blocks [first, end).
void multiply_blocks(InstructionSet set, const LinearArguments& arguments, std::int64_t first,
                     std::int64_t end);
void multiply_blocks(InstructionSet set, const LinearArgumentsOf<Bfloat16>& arguments,
                     std::int64_t first, std::int64_t end);

}  // namespace lts::space::kernels

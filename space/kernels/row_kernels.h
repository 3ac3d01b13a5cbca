#pragma once

#include <cstdint>

#include "space/kernels/instruction_set.h"
#include "space/kernels/lanes.h"

namespace lts::space::kernels {

/// output = (input - mean) / sqrt(variance + epsilon) * gain + bias for each row of
/// [num_rows, width], in fp32; output may be input.
void normalise_rows(InstructionSet set, const float* input, const float* gain, const float* bias,
                    float epsilon, std::int64_t num_rows, std::int64_t width, float* output);

/// output = input / sqrt(mean of squares + epsilon) * gain, likewise.
void rms_normalise_rows(InstructionSet set, const float* input, const float* gain, float epsilon,
                        std::int64_t num_rows, std::int64_t width, float* output);

/// output[m, n] = input[m, :] . weight[n, :] for rows n in [first, end) of a row-major weight
/// [num_outputs, width]: few inputs against a large matrix that is read once, at the speed of
/// memory, in float or Bfloat16. The sums are fp32.
void dot_rows(InstructionSet set, const float* weight, const float* input, std::int64_t num_inputs,
              std::int64_t width, std::int64_t num_outputs, std::int64_t first, std::int64_t end,
              float* output);
void dot_rows(InstructionSet set, const Bfloat16* weight, const float* input,
              std::int64_t num_inputs, std::int64_t width, std::int64_t num_outputs,
              std::int64_t first, std::int64_t end, float* output);

}  // namespace lts::space::kernels

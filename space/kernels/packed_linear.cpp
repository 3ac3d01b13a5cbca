#include "space/kernels/packed_linear.h"

#include <algorithm>

#include "core/error.h"

namespace lts::space::kernels {
namespace {

constexpr std::int64_t kBlockRows = 96;  // rows of a block; a multiple of every tile's rows

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// The rows of a block whose panel the outputs do not fill: through a copy with room for all of it.
template <class Lanes, Epilogue kEpilogue, class Value>
LTS_KERNEL void multiply_part(TileArgumentsOf<Value> tile, std::int64_t first_row,
                              std::int64_t end_row, std::int64_t width) {
  constexpr std::int64_t kColumns = 2 * Lanes::kCount;
  float copy[kBlockRows * kColumns] = {};
  float* const output = tile.output + first_row * tile.output_stride;
  const std::int64_t output_stride = tile.output_stride, num_rows = end_row - first_row;
  const std::size_t width_bytes = static_cast<std::size_t>(width) * sizeof(float);
  if constexpr (kEpilogue == Epilogue::kAddTo)
    for (std::int64_t r = 0; r < num_rows; ++r)
      std::memcpy(copy + r * kColumns, output + r * output_stride, width_bytes);
  tile.left += first_row * tile.left_stride;
  tile.output = copy;
  tile.output_stride = kColumns;
  multiply_rows<Lanes, kEpilogue>(tile, 0, num_rows);
  for (std::int64_t r = 0; r < num_rows; ++r)
    std::memcpy(output + r * output_stride, copy + r * kColumns, width_bytes);
}

/// Block `i` is rows block i % row_blocks of panel i / row_blocks: a thread that takes several
/// blocks reads each panel once.
template <class Lanes, Epilogue kEpilogue, class Value>
LTS_KERNEL void multiply(const LinearArgumentsOf<Value>& a, std::int64_t first, std::int64_t end) {
  constexpr std::int64_t kColumns = 2 * Lanes::kCount;
  const std::int64_t row_blocks = ceil_div(a.num_rows, kBlockRows);
  for (std::int64_t block = first; block < end; ++block) {
    const std::int64_t panel = block / row_blocks, column = panel * kColumns;
    const std::int64_t first_row = block % row_blocks * kBlockRows;
    const std::int64_t end_row = std::min(first_row + kBlockRows, a.num_rows);
    const TileArgumentsOf<Value> tile{.left = a.input,
                                      .left_stride = a.num_inputs,
                                      .panel = a.weight + panel * a.num_inputs * kColumns,
                                      .depth = a.num_inputs,
                                      .start = a.bias + column,
                                      .row_factors = nullptr,
                                      .output = a.output + column,
                                      .output_stride = a.num_outputs};
    const std::int64_t width = a.num_outputs - column;
    if (width >= kColumns)
      multiply_rows<Lanes, kEpilogue>(tile, first_row, end_row);
    else
      multiply_part<Lanes, kEpilogue>(tile, first_row, end_row, width);
  }
}

template <class Lanes, class Value>
LTS_KERNEL void multiply_any(const LinearArgumentsOf<Value>& a, std::int64_t first,
                             std::int64_t end) {
  switch (a.epilogue) {
    case Epilogue::kStore:
      return multiply<Lanes, Epilogue::kStore>(a, first, end);
    case Epilogue::kGelu:
      return multiply<Lanes, Epilogue::kGelu>(a, first, end);
    case Epilogue::kAddTo:
      return multiply<Lanes, Epilogue::kAddTo>(a, first, end);
    case Epilogue::kScaleRow:
      break;
  }
  assertion_failed("a linear scales no rows", __FILE__, __LINE__);
}

#if defined(__x86_64__)
template <class Value>
LTS_TARGET_AVX512 void multiply_avx512(const LinearArgumentsOf<Value>& a, std::int64_t first,
                                       std::int64_t end) {
  multiply_any<Avx512Lanes>(a, first, end);
}
template <class Value>
LTS_TARGET_AVX2 void multiply_avx2(const LinearArgumentsOf<Value>& a, std::int64_t first,
                                   std::int64_t end) {
  multiply_any<Avx2Lanes>(a, first, end);
}
#endif

template <class Value>
void multiply_with(InstructionSet set, const LinearArgumentsOf<Value>& a, std::int64_t first,
                   std::int64_t end) {
#if defined(__x86_64__)
  if (set == InstructionSet::kAvx512) return multiply_avx512(a, first, end);
  if (set == InstructionSet::kAvx2) return multiply_avx2(a, first, end);
#endif
  multiply_any<BaselineLanes>(a, first, end);
}

template <class Value>
void pack(std::int64_t columns, const Value* weight, std::int64_t num_outputs,
          std::int64_t num_inputs, std::int64_t first, std::int64_t end, Value* packed) {
  constexpr std::int64_t kAtOnce = 16;  // inputs: about a cache line of each output's row
  for (std::int64_t panel = first; panel < end; ++panel) {
    Value* const to = packed + panel * columns * num_inputs;
    const std::int64_t width = std::min(columns, num_outputs - panel * columns);
    const Value* const from = weight + panel * columns * num_inputs;
    for (std::int64_t k0 = 0; k0 < num_inputs; k0 += kAtOnce) {
      const std::int64_t k_end = std::min(k0 + kAtOnce, num_inputs);
      for (std::int64_t c = 0; c < columns; ++c)
        for (std::int64_t k = k0; k < k_end; ++k)
          to[k * columns + place_in_pair(to, c, columns / 2)] =
              c < width ? from[c * num_inputs + k] : Value{};
    }
  }
}

}  // namespace

std::int64_t panel_columns(InstructionSet set) {
  return set == InstructionSet::kAvx512 ? 2 * Avx512Lanes::kCount
         : set == InstructionSet::kAvx2 ? 2 * Avx2Lanes::kCount
                                        : 2 * BaselineLanes::kCount;
}

std::int64_t packed_values(InstructionSet set, std::int64_t num_outputs, std::int64_t num_inputs) {
  const std::int64_t columns = panel_columns(set);
  return ceil_div(num_outputs, columns) * columns * num_inputs;
}

void pack_panels(InstructionSet set, const float* weight, std::int64_t num_outputs,
                 std::int64_t num_inputs, std::int64_t first, std::int64_t end, float* packed) {
  pack(panel_columns(set), weight, num_outputs, num_inputs, first, end, packed);
}

void pack_panels(InstructionSet set, const Bfloat16* weight, std::int64_t num_outputs,
                 std::int64_t num_inputs, std::int64_t first, std::int64_t end, Bfloat16* packed) {
  pack(panel_columns(set), weight, num_outputs, num_inputs, first, end, packed);
}

std::int64_t num_blocks(InstructionSet set, std::int64_t num_rows, std::int64_t num_outputs) {
  return ceil_div(num_outputs, panel_columns(set)) * ceil_div(num_rows, kBlockRows);
}

void multiply_blocks(InstructionSet set, const LinearArguments& a, std::int64_t first,
                     std::int64_t end) {
  multiply_with(set, a, first, end);
}

void multiply_blocks(InstructionSet set, const LinearArgumentsOf<Bfloat16>& a, std::int64_t first,
                     std::int64_t end) {
  multiply_with(set, a, first, end);
}

}  // namespace lts::space::kernels

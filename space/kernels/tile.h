#pragma once

#include <cstdint>

#include "space/kernels/lanes.h"

namespace lts::space::kernels {

/// What becomes of a product before it is stored.
enum class Epilogue {
  kStore,    ///< as it is
  kGelu,     ///< GELU, tanh approximation
  kAddTo,    ///< added to what the output holds
  kScaleRow  ///< times a factor of its row
};

/// A block of the product of a row-major matrix and a packed one of float or Bfloat16.
template <class Value>
struct TileArgumentsOf {
  const float* left;  ///< [rows, depth], rows `left_stride` apart
  std::int64_t left_stride;
  const Value* panel;  ///< [depth, 2 vectors], contiguous, as load_pair reads them
  std::int64_t depth;
  const float* start;        ///< bias: two vectors that the sums begin with, or null for 0
  const float* row_factors;  ///< [rows], of kScaleRow
  float* output;             ///< [rows, 2 vectors], rows `output_stride` apart
  std::int64_t output_stride;
};
using TileArguments = TileArgumentsOf<float>;

template <class Lanes, Epilogue kEpilogue>
LTS_KERNEL void finish(typename Lanes::Float value, float* output, float row_factor) {
  if constexpr (kEpilogue == Epilogue::kGelu) value = gelu<Lanes>(value);
  if constexpr (kEpilogue == Epilogue::kAddTo) value += load<Lanes>(output);
  if constexpr (kEpilogue == Epilogue::kScaleRow) value *= row_factor;
  store<Lanes>(output, value);
}

/// kRows x 2 vectors of sums stay in registers over the whole depth; each step loads two vectors of
/// the panel and one value of each row.
template <class Lanes, Epilogue kEpilogue, int kRows, class Value>
LTS_KERNEL void multiply_tile(const TileArgumentsOf<Value>& a, std::int64_t row) {
  using Float = typename Lanes::Float;
  Float sums[kRows][2];
  const Float first = a.start ? load<Lanes>(a.start) : Float{};
  const Float second = a.start ? load<Lanes>(a.start + Lanes::kCount) : Float{};
  for (int r = 0; r < kRows; ++r) sums[r][0] = first, sums[r][1] = second;
  const float* left = a.left + row * a.left_stride;
  for (std::int64_t k = 0; k < a.depth; ++k) {
    const PairOf<Lanes> columns = load_pair<Lanes>(a.panel + k * 2 * Lanes::kCount);
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      const float value = left[r * a.left_stride + k];
      sums[r][0] += value * columns.first;
      sums[r][1] += value * columns.second;
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
    float* output = a.output + (row + r) * a.output_stride;
    const float factor = kEpilogue == Epilogue::kScaleRow ? a.row_factors[row + r] : 1.0F;
    finish<Lanes, kEpilogue>(sums[r][0], output, factor);
    finish<Lanes, kEpilogue>(sums[r][1], output + Lanes::kCount, factor);
  }
}

/// All rows of [first_row, end_row), as many at a time as registers allow.
template <class Lanes, Epilogue kEpilogue, class Value = float>
LTS_KERNEL void multiply_rows(const TileArgumentsOf<Value>& a, std::int64_t first_row,
                              std::int64_t end_row) {
  std::int64_t row = first_row;
  for (; row + Lanes::kRows <= end_row; row += Lanes::kRows)
    multiply_tile<Lanes, kEpilogue, Lanes::kRows>(a, row);
  if constexpr (Lanes::kRows > 4)
    for (; row + 4 <= end_row; row += 4) multiply_tile<Lanes, kEpilogue, 4>(a, row);
  for (; row < end_row; ++row) multiply_tile<Lanes, kEpilogue, 1>(a, row);
}

}  // namespace lts::space::kernels

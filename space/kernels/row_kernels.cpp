#include "space/kernels/row_kernels.h"

#include <cmath>
#include <vector>

#include "space/kernels/packed_linear.h"

namespace lts::space::kernels {
namespace {

/// The mean of a row.
template <class Lanes>
LTS_KERNEL float mean_of(const float* row, std::int64_t width) {
  typename Lanes::Float total{};
  std::int64_t i = 0;
  for (; i + Lanes::kCount <= width; i += Lanes::kCount) total += load<Lanes>(row + i);
  float out = sum<Lanes>(total);
  for (; i < width; ++i) out += row[i];
  return out / static_cast<float>(width);
}

template <class Lanes>
LTS_KERNEL float variance_of(const float* row, float mean, std::int64_t width) {
  typename Lanes::Float total{};
  std::int64_t i = 0;
  for (; i + Lanes::kCount <= width; i += Lanes::kCount) {
    const auto away = load<Lanes>(row + i) - mean;
    total += away * away;
  }
  float out = sum<Lanes>(total);
  for (; i < width; ++i) out += (row[i] - mean) * (row[i] - mean);
  return out / static_cast<float>(width);
}

/// Rows of a norm; without a bias no mean is taken off.
struct Rows {
  const float *input, *gain, *bias;
  float epsilon;
  std::int64_t num_rows, width;
  float* output;
};

template <class Lanes, bool kCentred>
LTS_KERNEL void normalise(const Rows& rows) {
  const std::int64_t width = rows.width;
  const float *const gain = rows.gain, *const bias = rows.bias;
  for (std::int64_t r = 0; r < rows.num_rows; ++r) {
    const float* const row = rows.input + r * width;
    float* const to = rows.output + r * width;
    const float mean = kCentred ? mean_of<Lanes>(row, width) : 0.0F;
    const float factor = 1.0F / std::sqrt(variance_of<Lanes>(row, mean, width) + rows.epsilon);
    std::int64_t i = 0;
    for (; i + Lanes::kCount <= width; i += Lanes::kCount) {
      auto value = (load<Lanes>(row + i) - mean) * factor * load<Lanes>(gain + i);
      if constexpr (kCentred) value += load<Lanes>(bias + i);
      store<Lanes>(to + i, value);
    }
    for (; i < width; ++i) to[i] = (row[i] - mean) * factor * gain[i] + (kCentred ? bias[i] : 0.0F);
  }
}

template <class Lanes>
LTS_KERNEL void normalise_either(const Rows& rows) {
  if (rows.bias != nullptr) return normalise<Lanes, true>(rows);
  normalise<Lanes, false>(rows);
}

/// Four chains of sums hide the time of an addition; rows are taken one after another, so that the
/// weight is one stream to the processor's prefetcher.
template <class Lanes>
LTS_KERNEL float long_dot(const float* a, const float* b, std::int64_t n) {
  typename Lanes::Float totals[4] = {};
  constexpr std::int64_t kCount = Lanes::kCount;
  std::int64_t i = 0;
  for (; i + 4 * kCount <= n; i += 4 * kCount)
    for (int j = 0; j < 4; ++j)
      totals[j] += load<Lanes>(a + i + j * kCount) * load<Lanes>(b + i + j * kCount);
  for (; i + kCount <= n; i += kCount) totals[0] += load<Lanes>(a + i) * load<Lanes>(b + i);
  float out = sum<Lanes>((totals[0] + totals[1]) + (totals[2] + totals[3]));
  for (; i < n; ++i) out += a[i] * b[i];
  return out;
}

/// Adds the products of a pair of vectors to two sums.
template <class Lanes>
LTS_KERNEL void add_pair(const Bfloat16* a, const float* b, typename Lanes::Float* totals) {
  const PairOf<Lanes> pair = load_pair<Lanes>(a);
  totals[0] += pair.first * load<Lanes>(b);
  totals[1] += pair.second * load<Lanes>(b + Lanes::kCount);
}

/// The same of a narrow row; `b` is paired.
template <class Lanes>
LTS_KERNEL float long_dot(const Bfloat16* a, const float* b, std::int64_t n) {
  typename Lanes::Float totals[4] = {};
  constexpr std::int64_t kPair = 2 * Lanes::kCount;
  std::int64_t i = 0;
  for (; i + 2 * kPair <= n; i += 2 * kPair) {
    add_pair<Lanes>(a + i, b + i, totals);
    add_pair<Lanes>(a + i + kPair, b + i + kPair, totals + 2);
  }
  for (; i + kPair <= n; i += kPair) add_pair<Lanes>(a + i, b + i, totals);
  float out = sum<Lanes>((totals[0] + totals[1]) + (totals[2] + totals[3]));
  for (; i < n; ++i) out += value_of(a[i]) * b[i];
  return out;
}

/// Rows in the order in which load_pair gives Bfloat16 that lie as these do; what fills no pair
/// stays.
std::vector<float> paired(InstructionSet set, const float* rows, std::int64_t num_rows,
                          std::int64_t width) {
  const std::int64_t both = panel_columns(set);
  std::vector<float> out(rows, rows + num_rows * width);
  for (std::int64_t r = 0; r < num_rows; ++r)
    for (std::int64_t begin = r * width; begin + both <= (r + 1) * width; begin += both)
      for (std::int64_t i = 0; i < both; ++i)
        out[static_cast<std::size_t>(begin + i)] =
            rows[begin + place_in_pair(static_cast<const Bfloat16*>(nullptr), i, both / 2)];
  return out;
}

template <class Lanes, class Value>
LTS_KERNEL void dot_all(const Value* weight, const float* input, std::int64_t num_inputs,
                        std::int64_t width, std::int64_t num_outputs, std::int64_t first,
                        std::int64_t end, float* output) {
  for (std::int64_t n = first; n < end; ++n)
    for (std::int64_t m = 0; m < num_inputs; ++m)
      output[m * num_outputs + n] = long_dot<Lanes>(weight + n * width, input + m * width, width);
}

#if defined(__x86_64__)
LTS_TARGET_AVX512 void normalise_avx512(const Rows& rows) { normalise_either<Avx512Lanes>(rows); }
LTS_TARGET_AVX2 void normalise_avx2(const Rows& rows) { normalise_either<Avx2Lanes>(rows); }
template <class Value>
LTS_TARGET_AVX512 void dot_avx512(const Value* weight, const float* input, std::int64_t num_inputs,
                                  std::int64_t width, std::int64_t num_outputs, std::int64_t first,
                                  std::int64_t end, float* output) {
  dot_all<Avx512Lanes>(weight, input, num_inputs, width, num_outputs, first, end, output);
}
template <class Value>
LTS_TARGET_AVX2 void dot_avx2(const Value* weight, const float* input, std::int64_t num_inputs,
                              std::int64_t width, std::int64_t num_outputs, std::int64_t first,
                              std::int64_t end, float* output) {
  dot_all<Avx2Lanes>(weight, input, num_inputs, width, num_outputs, first, end, output);
}
#endif

template <class Value>
void dot_with(InstructionSet set, const Value* weight, const float* input, std::int64_t num_inputs,
              std::int64_t width, std::int64_t num_outputs, std::int64_t first, std::int64_t end,
              float* output) {
#if defined(__x86_64__)
  if (set == InstructionSet::kAvx512)
    return dot_avx512(weight, input, num_inputs, width, num_outputs, first, end, output);
  if (set == InstructionSet::kAvx2)
    return dot_avx2(weight, input, num_inputs, width, num_outputs, first, end, output);
#endif
  dot_all<BaselineLanes>(weight, input, num_inputs, width, num_outputs, first, end, output);
}

void normalise_with(InstructionSet set, const Rows& rows) {
#if defined(__x86_64__)
  if (set == InstructionSet::kAvx512) return normalise_avx512(rows);
  if (set == InstructionSet::kAvx2) return normalise_avx2(rows);
#endif
  normalise_either<BaselineLanes>(rows);
}

}  // namespace

void normalise_rows(InstructionSet set, const float* input, const float* gain, const float* bias,
                    float epsilon, std::int64_t num_rows, std::int64_t width, float* output) {
  normalise_with(set, {input, gain, bias, epsilon, num_rows, width, output});
}

void rms_normalise_rows(InstructionSet set, const float* input, const float* gain, float epsilon,
                        std::int64_t num_rows, std::int64_t width, float* output) {
  normalise_with(set, {input, gain, nullptr, epsilon, num_rows, width, output});
}

void dot_rows(InstructionSet set, const float* weight, const float* input, std::int64_t num_inputs,
              std::int64_t width, std::int64_t num_outputs, std::int64_t first, std::int64_t end,
              float* output) {
  dot_with(set, weight, input, num_inputs, width, num_outputs, first, end, output);
}

void dot_rows(InstructionSet set, const Bfloat16* weight, const float* input,
              std::int64_t num_inputs, std::int64_t width, std::int64_t num_outputs,
              std::int64_t first, std::int64_t end, float* output) {
  const auto input_in_pairs = paired(set, input, num_inputs, width);
  dot_with(set, weight, input_in_pairs.data(), num_inputs, width, num_outputs, first, end, output);
}

}  // namespace lts::space::kernels

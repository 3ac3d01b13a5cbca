#include "train/loss_rows.h"

#include <cmath>
#include <limits>
#include <type_traits>

#include "space/kernels/lanes.h"

namespace lts::train {

using space::kernels::InstructionSet;
namespace kernels = space::kernels;

namespace {

template <class Lanes>
struct Bits {
  typedef std::uint16_t Half __attribute__((vector_size(Lanes::kCount * 2)));
  typedef std::uint32_t Word __attribute__((vector_size(Lanes::kCount * 4)));
};

float widened(std::uint16_t value) {
  const std::uint32_t bits = static_cast<std::uint32_t>(value) << 16;
  float out;
  std::memcpy(&out, &bits, sizeof out);
  return out;
}

// To the nearest, ties to even.
std::uint16_t narrowed(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<std::uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

template <class Lanes>
LTS_KERNEL typename Lanes::Float read(const float* from) {
  return kernels::load<Lanes>(from);
}

template <class Lanes>
LTS_KERNEL typename Lanes::Float read(const std::uint16_t* from) {
  typename Bits<Lanes>::Half half;
  std::memcpy(&half, from, sizeof half);
  const auto word = __builtin_convertvector(half, typename Bits<Lanes>::Word) << 16;
  typename Lanes::Float out;
  std::memcpy(&out, &word, sizeof out);
  return out;
}

template <class Lanes>
LTS_KERNEL void write(float* to, typename Lanes::Float value) {
  kernels::store<Lanes>(to, value);
}

template <class Lanes>
LTS_KERNEL void write(std::uint16_t* to, typename Lanes::Float value) {
  typename Bits<Lanes>::Word word;
  std::memcpy(&word, &value, sizeof word);
  word = (word + 0x7fff + ((word >> 16) & 1)) >> 16;
  const auto half = __builtin_convertvector(word, typename Bits<Lanes>::Half);
  std::memcpy(to, &half, sizeof half);
}

float value_of(float value) { return value; }
float value_of(std::uint16_t value) { return widened(value); }
void set_value(float& to, float value) { to = value; }
void set_value(std::uint16_t& to, float value) { to = narrowed(value); }

template <class Lanes, class Value>
LTS_KERNEL float largest_of(const Value* row, std::int64_t width) {
  typename Lanes::Float all = typename Lanes::Float{} - std::numeric_limits<float>::infinity();
  std::int64_t i = 0;
  for (; i + Lanes::kCount <= width; i += Lanes::kCount)
    all = kernels::larger<Lanes>(read<Lanes>(row + i), all);
  float out = kernels::largest<Lanes>(all);
  for (; i < width; ++i) out = value_of(row[i]) > out ? value_of(row[i]) : out;
  return out;
}

/// to = e^(row - largest); their sum. Four chains, for the additions' time and the sum's accuracy.
template <class Lanes, class Value>
LTS_KERNEL float exponentials(const Value* row, float largest, std::int64_t width, float* to) {
  using Float = typename Lanes::Float;
  constexpr std::int64_t kCount = Lanes::kCount;
  Float totals[4] = {};
  std::int64_t i = 0;
  for (; i + 4 * kCount <= width; i += 4 * kCount)
    for (std::int64_t j = 0; j < 4; ++j) {
      const Float power = kernels::exp<Lanes>(read<Lanes>(row + i + j * kCount) - largest);
      kernels::store<Lanes>(to + i + j * kCount, power);
      totals[j] += power;
    }
  float out = kernels::sum<Lanes>((totals[0] + totals[1]) + (totals[2] + totals[3]));
  for (; i < width; ++i) {
    to[i] = std::exp(value_of(row[i]) - largest);
    out += to[i];
  }
  return out;
}

template <class Lanes, class Value>
LTS_KERNEL void scaled(const float* from, float factor, std::int64_t width, Value* to) {
  std::int64_t i = 0;
  for (; i + Lanes::kCount <= width; i += Lanes::kCount)
    write<Lanes>(to + i, kernels::load<Lanes>(from + i) * factor);
  for (; i < width; ++i) set_value(to[i], from[i] * factor);
}

template <class Lanes, class Value>
LTS_KERNEL void all_rows(Value* logits, const LossRows& rows, std::int64_t first, std::int64_t end,
                         float* scratch) {
  for (std::int64_t r = first; r < end; ++r) {
    Value* const row = logits + r * rows.width;
    float* powers = scratch;
    if constexpr (std::is_same_v<Value, float>) powers = row;  // in place
    const std::int64_t target = rows.targets[r];
    const float largest = largest_of<Lanes>(row, rows.width), wanted = value_of(row[target]);
    const float total = exponentials<Lanes>(row, largest, rows.width, powers);
    const float likelihood = powers[target] / total;
    scaled<Lanes>(powers, 1.0F / total, rows.width, row);
    set_value(row[target], likelihood - 1.0F);
    rows.losses[r] = std::log(static_cast<double>(total)) + static_cast<double>(largest) -
                     static_cast<double>(wanted);
  }
}

#if defined(__x86_64__)
LTS_TARGET_AVX512 void rows_avx512(float* logits, const LossRows& rows, std::int64_t first,
                                   std::int64_t end) {
  all_rows<kernels::Avx512Lanes>(logits, rows, first, end, nullptr);
}
LTS_TARGET_AVX512 void rows_avx512(std::uint16_t* logits, const LossRows& rows, std::int64_t first,
                                   std::int64_t end, float* scratch) {
  all_rows<kernels::Avx512Lanes>(logits, rows, first, end, scratch);
}
LTS_TARGET_AVX2 void rows_avx2(float* logits, const LossRows& rows, std::int64_t first,
                               std::int64_t end) {
  all_rows<kernels::Avx2Lanes>(logits, rows, first, end, nullptr);
}
LTS_TARGET_AVX2 void rows_avx2(std::uint16_t* logits, const LossRows& rows, std::int64_t first,
                               std::int64_t end, float* scratch) {
  all_rows<kernels::Avx2Lanes>(logits, rows, first, end, scratch);
}
#endif

}  // namespace

void loss_rows(InstructionSet set, float* logits, const LossRows& rows, std::int64_t first,
               std::int64_t end) {
#if defined(__x86_64__)
  if (set == InstructionSet::kAvx512) return rows_avx512(logits, rows, first, end);
  if (set == InstructionSet::kAvx2) return rows_avx2(logits, rows, first, end);
#endif
  all_rows<kernels::BaselineLanes>(logits, rows, first, end, nullptr);
}

void loss_rows(InstructionSet set, std::uint16_t* logits, const LossRows& rows, std::int64_t first,
               std::int64_t end, std::span<float> scratch) {
#if defined(__x86_64__)
  if (set == InstructionSet::kAvx512) return rows_avx512(logits, rows, first, end, scratch.data());
  if (set == InstructionSet::kAvx2) return rows_avx2(logits, rows, first, end, scratch.data());
#endif
  all_rows<kernels::BaselineLanes>(logits, rows, first, end, scratch.data());
}

}  // namespace lts::train

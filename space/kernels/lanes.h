#pragma once

#include <cstdint>
#include <cstring>

// Vectors of the compiler's own (GCC's and Clang's vector_size), so that one source serves every
// instruction set. A kernel is an always-inline template over the vector; its entry points carry
// the target attribute, so that no code for a newer processor escapes into a shared inline
// function.

#define LTS_KERNEL inline __attribute__((always_inline))
#if defined(__x86_64__)
#define LTS_TARGET_AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")))
#define LTS_TARGET_AVX2 __attribute__((target("avx2,fma")))
#endif

// Vectors are handed on between inlined functions only: what the calling convention would do with
// them does not matter.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

namespace lts::space::kernels {

/// A number in bfloat16: the upper half of the float it stands for.
enum class Bfloat16 : std::uint16_t {};

/// `kCount` floats, or integers, that one instruction works on; and how many accumulators of them
/// the registers hold as rows of two vectors.
template <int kVectorBytes, int kTileRows>
struct LanesOf {
  typedef float Float __attribute__((vector_size(kVectorBytes)));
  typedef std::int32_t Int __attribute__((vector_size(kVectorBytes)));
  typedef std::uint32_t Word __attribute__((vector_size(kVectorBytes)));
  static constexpr int kCount = kVectorBytes / 4;
  static constexpr int kRows = kTileRows;
};

using Avx512Lanes = LanesOf<64, 12>;
using Avx2Lanes = LanesOf<32, 6>;
using BaselineLanes = LanesOf<16, 4>;

template <class Lanes>
LTS_KERNEL typename Lanes::Float load(const float* from) {
  typename Lanes::Float out;
  std::memcpy(&out, from, sizeof out);
  return out;
}

/// Two vectors of a stream, as floats.
template <class Lanes>
struct PairOf {
  typename Lanes::Float first, second;
};

template <class Lanes>
LTS_KERNEL PairOf<Lanes> load_pair(const float* from) {
  return {load<Lanes>(from), load<Lanes>(from + Lanes::kCount)};
}

/// Bfloat16 lie in pairs, one of `first` and one of `second`: a shift and a mask make floats of
/// them, where neighbours would have to be moved apart.
template <class Lanes>
LTS_KERNEL PairOf<Lanes> load_pair(const Bfloat16* from) {
  typename Lanes::Word words;
  std::memcpy(&words, from, sizeof words);
  const typename Lanes::Word evens = words << 16, odds = words & 0xffff0000U;
  PairOf<Lanes> out;
  std::memcpy(&out.first, &evens, sizeof evens);
  std::memcpy(&out.second, &odds, sizeof odds);
  return out;
}

/// Where in a pair of vectors of `count` each, as they lie in memory, value `i` of the two lies.
constexpr std::int64_t place_in_pair(const float* /*of*/, std::int64_t i, std::int64_t /*count*/) {
  return i;
}
constexpr std::int64_t place_in_pair(const Bfloat16* /*of*/, std::int64_t i, std::int64_t count) {
  return i < count ? 2 * i : 2 * (i - count) + 1;
}

LTS_KERNEL float value_of(float value) { return value; }
LTS_KERNEL float value_of(Bfloat16 value) {
  const std::uint32_t word = std::uint32_t{static_cast<std::uint16_t>(value)} << 16;
  float out;
  std::memcpy(&out, &word, sizeof out);
  return out;
}

template <class Lanes>
LTS_KERNEL void store(float* to, typename Lanes::Float value) {
  std::memcpy(to, &value, sizeof value);
}

template <class Lanes>
LTS_KERNEL typename Lanes::Float larger(typename Lanes::Float a, typename Lanes::Float b) {
  return a > b ? a : b;
}

/// The sum of all lanes, halves first: a chain of additions would take as long as a short row.
template <class Lanes>
LTS_KERNEL float sum(typename Lanes::Float value) {
  if constexpr (Lanes::kCount > 4) {
    using Half = LanesOf<Lanes::kCount * 2, 1>;
    float halves[Lanes::kCount];
    std::memcpy(halves, &value, sizeof halves);
    return sum<Half>(load<Half>(halves) + load<Half>(halves + Half::kCount));
  } else {
    return (value[0] + value[2]) + (value[1] + value[3]);
  }
}

template <class Lanes>
LTS_KERNEL float largest(typename Lanes::Float value) {
  float out = value[0];
  for (int i = 1; i < Lanes::kCount; ++i) out = value[i] > out ? value[i] : out;
  return out;
}

/// e to the power of x, within two units in the last place; below -87 the smallest normal number.
/// Cephes' expf: e^x = 2^n e^r with r in [-ln 2 / 2, ln 2 / 2], e^r by a polynomial.
template <class Lanes>
LTS_KERNEL typename Lanes::Float exp(typename Lanes::Float x) {
  using Float = typename Lanes::Float;
  const Float lowest = Float{} - 87.0F, highest = Float{} + 88.0F;
  x = x < lowest ? lowest : x;
  x = x > highest ? highest : x;
  constexpr float kToNearest = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  const Float n = (x * 1.44269504088896341F + kToNearest) - kToNearest;
  const Float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;  // ln 2 in two parts
  Float p = Float{} + 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * (r * r) + r + 1.0F;
  const typename Lanes::Int exponent = (__builtin_convertvector(n, typename Lanes::Int) + 127)
                                       << 23;
  Float power;
  std::memcpy(&power, &exponent, sizeof power);
  return p * power;
}

/// GELU by its tanh approximation: x (1 + tanh z) / 2 = x / (1 + e^(-2z)).
template <class Lanes>
LTS_KERNEL typename Lanes::Float gelu(typename Lanes::Float x) {
  constexpr float kTwoRoot = 1.5957691216057308F;  // 2 sqrt(2 / pi)
  const auto minus_two_z = (x + 0.044715F * x * x * x) * -kTwoRoot;
  return x / (1.0F + exp<Lanes>(minus_two_z));
}

}  // namespace lts::space::kernels

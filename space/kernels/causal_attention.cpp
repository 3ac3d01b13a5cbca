#include "space/kernels/causal_attention.h"

#include <algorithm>
#include <limits>

#include "space/kernels/tile.h"

namespace lts::space::kernels {

// Shape suffixes: T queries, S keys, K head width.

namespace {

constexpr std::int64_t kBlockQueries = 48;  // a multiple of every tile's rows
constexpr std::int64_t kFewQueries = 3;     // up to here packing the keys costs more than it saves
constexpr std::int64_t kMaxColumns = 32;    // of a panel, over all instruction sets

std::int64_t rounded_up(std::int64_t value, std::int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

/// One head's rows.
struct Head {
  const float *query, *key, *value;
  float* output;
};

Head head_of(const AttentionArguments& a, std::int64_t index) {
  const std::int64_t b = index / a.num_heads, h = index % a.num_heads, g = h / a.heads_per_key;
  const auto begin = [b](const auto& rows, std::int64_t head) {
    return rows.data + b * rows.batch + head * rows.head;
  };
  return {begin(a.query, h), begin(a.key, g), begin(a.value, g), begin(a.output, h)};
}

/// Keys into panels [S / columns][K][columns], zeros behind the last.
template <class Lanes>
LTS_KERNEL void pack_keys(const AttentionArguments& a, const float* key, float* packed) {
  constexpr std::int64_t kColumns = 2 * Lanes::kCount;
  for (std::int64_t s0 = 0; s0 < a.num_keys; s0 += kColumns) {
    float* const panel = packed + s0 * a.width;
    for (std::int64_t c = 0; c < kColumns; ++c) {
      const float* const row = key + (s0 + c) * a.key.row;
      for (std::int64_t k = 0; k < a.width; ++k)
        panel[k * kColumns + c] = s0 + c < a.num_keys ? row[k] : 0.0F;
    }
  }
}

/// Values into panels [K / columns][S][columns], zeros behind the last column.
template <class Lanes>
LTS_KERNEL void pack_values(const AttentionArguments& a, const float* value, float* packed) {
  constexpr std::int64_t kColumns = 2 * Lanes::kCount;
  for (std::int64_t k0 = 0; k0 < a.width; k0 += kColumns) {
    const std::int64_t width = a.width - k0 < kColumns ? a.width - k0 : kColumns;
    for (std::int64_t s = 0; s < a.num_keys; ++s) {
      const float* const row = value + s * a.value.row + k0;
      float* const to = packed + k0 * a.num_keys + s * kColumns;
      for (std::int64_t c = 0; c < kColumns; ++c) to[c] = c < width ? row[c] : 0.0F;
    }
  }
}

/// Turns a row of scores into e^(scale (score - largest)), the hidden ones of [num_seen,
/// num_scores) into 0. Returns one over their sum. num_scores fills whole vectors.
template <class Lanes>
LTS_KERNEL float exponentials(float* scores, std::int64_t num_seen, std::int64_t num_scores,
                              float scale) {
  using Float = typename Lanes::Float;
  for (std::int64_t s = num_seen; s < num_scores; ++s)
    scores[s] = -std::numeric_limits<float>::infinity();
  Float top = load<Lanes>(scores);
  for (std::int64_t s = Lanes::kCount; s < num_scores; s += Lanes::kCount)
    top = larger<Lanes>(load<Lanes>(scores + s), top);
  const float highest = largest<Lanes>(top);
  Float total{};
  for (std::int64_t s = 0; s < num_scores; s += Lanes::kCount) {
    const Float weight = exp<Lanes>((load<Lanes>(scores + s) - highest) * scale);
    store<Lanes>(scores + s, weight);
    total += weight;  // a hidden score adds e^-87, nothing beside the largest one's 1
  }
  for (std::int64_t s = num_seen; s < num_scores; ++s) scores[s] = 0.0F;
  return 1.0F / sum<Lanes>(total);
}

/// Scratch of one head, laid out one after another.
struct Scratch {
  float *packed_keys, *packed_values, *scores, *part;
  std::int64_t score_stride;

  Scratch(const AttentionArguments& a, float* memory)
      : packed_keys(memory), score_stride(rounded_up(a.num_keys, kMaxColumns)) {
    packed_values = packed_keys + score_stride * a.width;
    scores = packed_values + rounded_up(a.width, kMaxColumns) * a.num_keys;
    part = scores + kBlockQueries * score_stride;
  }
};

/// output [rows, K] = scores [rows, num_keys] values, each row times its factor.
template <class Lanes>
LTS_KERNEL void weigh_values(const AttentionArguments& a, const Scratch& scratch,
                             const float* factors, std::int64_t num_rows, std::int64_t num_keys,
                             float* output) {
  constexpr std::int64_t kColumns = 2 * Lanes::kCount;
  for (std::int64_t k0 = 0; k0 < a.width; k0 += kColumns) {
    const std::int64_t width = a.width - k0;
    const bool whole = width >= kColumns;
    multiply_rows<Lanes, Epilogue::kScaleRow>({.left = scratch.scores,
                                               .left_stride = scratch.score_stride,
                                               .panel = scratch.packed_values + k0 * a.num_keys,
                                               .depth = num_keys,
                                               .start = nullptr,
                                               .row_factors = factors,
                                               .output = whole ? output + k0 : scratch.part,
                                               .output_stride = whole ? a.output.row : kColumns},
                                              0, num_rows);
    for (std::int64_t r = 0; !whole && r < num_rows; ++r)
      std::memcpy(output + r * a.output.row + k0, scratch.part + r * kColumns,
                  static_cast<std::size_t>(width) * sizeof(float));
  }
}

template <class Lanes>
LTS_KERNEL void attend_blocks(const AttentionArguments& a, const Head& head, std::int64_t part,
                              std::int64_t num_parts, float* memory) {
  constexpr std::int64_t kColumns = 2 * Lanes::kCount;
  const Scratch scratch(a, memory);
  pack_keys<Lanes>(a, head.key, scratch.packed_keys);
  pack_values<Lanes>(a, head.value, scratch.packed_values);
  const std::int64_t past = a.num_keys - a.num_queries;
  for (std::int64_t t0 = part * kBlockQueries; t0 < a.num_queries;
       t0 += num_parts * kBlockQueries) {
    const std::int64_t left = a.num_queries - t0;
    const std::int64_t num_rows = left < kBlockQueries ? left : kBlockQueries;
    const std::int64_t num_keys = past + t0 + num_rows;
    const std::int64_t num_scores = (num_keys + kColumns - 1) / kColumns * kColumns;
    for (std::int64_t s0 = 0; s0 < num_scores; s0 += kColumns)
      multiply_rows<Lanes, Epilogue::kStore>({.left = head.query + t0 * a.query.row,
                                              .left_stride = a.query.row,
                                              .panel = scratch.packed_keys + s0 * a.width,
                                              .depth = a.width,
                                              .start = nullptr,
                                              .row_factors = nullptr,
                                              .output = scratch.scores + s0,
                                              .output_stride = scratch.score_stride},
                                             0, num_rows);
    float factors[kBlockQueries];
    for (std::int64_t r = 0; r < num_rows; ++r)
      factors[r] = exponentials<Lanes>(scratch.scores + r * scratch.score_stride, past + t0 + r + 1,
                                       num_scores, a.scale);
    weigh_values<Lanes>(a, scratch, factors, num_rows, num_keys, head.output + t0 * a.output.row);
  }
}

template <class Lanes>
LTS_KERNEL float dot(const float* a, const float* b, std::int64_t n) {
  typename Lanes::Float total{};
  std::int64_t i = 0;
  for (; i + Lanes::kCount <= n; i += Lanes::kCount)
    total += load<Lanes>(a + i) * load<Lanes>(b + i);
  float out = sum<Lanes>(total);
  for (; i < n; ++i) out += a[i] * b[i];
  return out;
}

template <class Lanes>
LTS_KERNEL void add_scaled(const float* row, float factor, std::int64_t n, float* to) {
  std::int64_t i = 0;
  for (; i + Lanes::kCount <= n; i += Lanes::kCount)
    store<Lanes>(to + i, load<Lanes>(to + i) + factor * load<Lanes>(row + i));
  for (; i < n; ++i) to[i] += factor * row[i];
}

/// A query at a time over keys and values as they lie: a decoding step reads each once.
template <class Lanes>
LTS_KERNEL void attend_row(const AttentionArguments& a, const Head& head, std::int64_t t,
                           float* scores) {
  const std::int64_t num_keys = a.num_keys - a.num_queries + t + 1;
  const std::int64_t num_scores = (num_keys + Lanes::kCount - 1) / Lanes::kCount * Lanes::kCount;
  for (std::int64_t s = 0; s < num_keys; ++s)
    scores[s] = dot<Lanes>(head.query + t * a.query.row, head.key + s * a.key.row, a.width);
  const float factor = exponentials<Lanes>(scores, num_keys, num_scores, a.scale);
  float* const output = head.output + t * a.output.row;
  for (std::int64_t k = 0; k < a.width; ++k) output[k] = 0.0F;
  for (std::int64_t s = 0; s < num_keys; ++s)
    add_scaled<Lanes>(head.value + s * a.value.row, scores[s] * factor, a.width, output);
}

template <class Lanes>
LTS_KERNEL void attend_head(const AttentionArguments& a, const Head& head, std::int64_t part,
                            std::int64_t num_parts, float* scratch) {
  if (a.num_queries > kFewQueries) return attend_blocks<Lanes>(a, head, part, num_parts, scratch);
  for (std::int64_t t = part; t < a.num_queries; t += num_parts)
    attend_row<Lanes>(a, head, t, scratch);
}

#if defined(__x86_64__)
LTS_TARGET_AVX512 void attend_avx512(const AttentionArguments& a, const Head& head,
                                     std::int64_t part, std::int64_t num_parts, float* scratch) {
  attend_head<Avx512Lanes>(a, head, part, num_parts, scratch);
}
LTS_TARGET_AVX2 void attend_avx2(const AttentionArguments& a, const Head& head, std::int64_t part,
                                 std::int64_t num_parts, float* scratch) {
  attend_head<Avx2Lanes>(a, head, part, num_parts, scratch);
}
#endif

}  // namespace

std::int64_t attention_scratch_values(std::int64_t num_queries, std::int64_t num_keys,
                                      std::int64_t width) {
  const std::int64_t num_scores = rounded_up(num_keys, kMaxColumns);
  if (num_queries <= kFewQueries) return num_scores;
  return num_scores * (width + kBlockQueries) + rounded_up(width, kMaxColumns) * num_keys +
         kBlockQueries * kMaxColumns;
}

void attend(InstructionSet set, const AttentionArguments& a, std::int64_t index, std::int64_t part,
            std::int64_t num_parts, float* scratch) {
  const Head head = head_of(a, index);
#if defined(__x86_64__)
  if (set == InstructionSet::kAvx512) return attend_avx512(a, head, part, num_parts, scratch);
  if (set == InstructionSet::kAvx2) return attend_avx2(a, head, part, num_parts, scratch);
#endif
  attend_head<BaselineLanes>(a, head, part, num_parts, scratch);
}

}  // namespace lts::space::kernels

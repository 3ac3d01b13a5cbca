#pragma once

#include <cstdint>

#include "space/architecture.h"

namespace lts::space::llama {

/// What the module computes with and no gene says: LlamaConfig's defaults.
constexpr double kRopeTheta = 10'000.0;
constexpr double kNormEpsilon = 1e-6;

/// The genes of one Llama by name.
struct Config {
  std::int64_t n_layer = 0;
  std::int64_t d_model = 0;
  std::int64_t d_inner = 0;
  std::int64_t n_head = 0;
  std::int64_t n_kv_head = 0;
  std::int64_t vocab_size = 0;
  std::int64_t max_sequence_length = 0;
  double dropatt = 0.0;

  /// The width of a head.
  std::int64_t d_head() const { return d_model / n_head; }
  /// The width of all keys, and of all values, of a position.
  std::int64_t d_kv() const { return n_kv_head * d_head(); }
};

/// Precondition: the architecture is of the family llama.
Config config_of(const Architecture& architecture);

}  // namespace lts::space::llama

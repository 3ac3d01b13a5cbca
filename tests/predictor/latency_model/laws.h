#pragma once

#include <cmath>
#include <numbers>
#include <string>

#include "core/random.h"
#include "space/search_space.h"
#include "space/space_config.h"

namespace lts::predictor {

/// A space of 288 members, quick to plan over.
inline space::SearchSpace small_space() {
  return space::read_space(
      parse_yaml("{n_layer: [1, 2, 4, 8], d_model: {min: 64, max: 384, step: 64}, "
                 "d_inner: {min: 64, max: 384, step: 64}, n_head: [2, 8], vocab_size: 1000, "
                 "max_sequence_length: 256}",
                 "small.yaml"));
}

/// A latency in the span of the products: rates of a processor, in seconds.
inline double law_s(const space::Architecture& a) {
  const double layers = a.n_layer(), width = a.scalar("d_model"), inner = a.scalar("d_inner");
  return layers * (3e-9 * width * width + 2e-9 * width * inner + 4e-8 * width + 1e-8 * inner +
                   5e-6 * a.scalar("n_head")) +
         2e-5 * layers + 2e-9 * width * a.scalar("vocab_size") + 1e-4;
}

/// The same protocol on another device: products 3.5 times, the head 2 times as fast, calls as
/// slow.
inline double other_law_s(const space::Architecture& a) {
  const double layers = a.n_layer(), width = a.scalar("d_model"), inner = a.scalar("d_inner");
  return layers * (3e-9 * width * width + 2e-9 * width * inner) / 3.5 +
         layers * (4e-8 * width + 1e-8 * inner + 5e-6 * a.scalar("n_head")) / 1.5 + 2e-5 * layers +
         1e-9 * width * a.scalar("vocab_size") + 1e-4;
}

/// A space of 1,152 members of another family, some of which cannot be built.
inline space::SearchSpace small_llama_space() {
  return space::read_space(
      parse_yaml("{family: llama, n_layer: [1, 2, 4, 8], d_model: {min: 64, max: 384, step: 64}, "
                 "d_inner: {min: 64, max: 384, step: 64}, n_head: [2, 8], n_kv_head: [1, 2, 4, 8], "
                 "vocab_size: 1000, max_sequence_length: 256}",
                 "small.yaml"));
}

/// As law_s, with two of the projections and the passes over keys as wide as the key heads.
inline double llama_law_s(const space::Architecture& a) {
  const double layers = a.n_layer(), width = a.scalar("d_model"), inner = a.scalar("d_inner");
  const double keys = width * a.scalar("n_kv_head") / a.scalar("n_head");
  return layers * (1.5e-9 * width * (width + keys) + 3e-9 * width * inner + 4e-8 * width +
                   2e-8 * keys + 1e-8 * inner + 5e-6 * a.scalar("n_head")) +
         2e-5 * layers + 2e-9 * width * a.scalar("vocab_size") + 1e-4;
}

/// A draw from a normal distribution (Box and Muller).
inline double normal(Rng& rng) {
  const double u = 1 - rng.random(), v = rng.random();
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

}  // namespace lts::predictor

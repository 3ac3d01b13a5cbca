#pragma once

#include <cstdint>

#include "space/architecture.h"

namespace lts::space::gpt2 {

/// The genes of one GPT-2 by name. Every layer has the same d_inner and n_head.
struct Config {
  std::int64_t n_layer = 0;
  std::int64_t d_model = 0;
  std::int64_t d_inner = 0;
  std::int64_t n_head = 0;
  std::int64_t vocab_size = 0;
  std::int64_t max_sequence_length = 0;
  double dropatt = 0.0;
};

/// Precondition: the architecture is of the family gpt2.
Config config_of(const Architecture& architecture);

}  // namespace lts::space::gpt2

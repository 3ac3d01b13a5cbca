#pragma once

#include <cstdint>
#include <vector>

#include "space/architecture.h"

namespace lts::space::gpt2 {

/// The genes of one GPT-2 by name. d_inner and n_head have an entry a layer; in the family gpt2 all
/// are alike.
struct Config {
  std::int64_t n_layer = 0;
  std::int64_t d_model = 0;
  std::vector<std::int64_t> d_inner{};
  std::vector<std::int64_t> n_head{};
  std::int64_t vocab_size = 0;
  std::int64_t max_sequence_length = 0;
  double dropatt = 0.0;
};

/// Precondition: the architecture is of the family gpt2 or gpt2_flex.
Config config_of(const Architecture& architecture);

/// The architecture of `family`, gpt2 or gpt2_flex, with these genes.
Architecture architecture_of(const Family& family, const Config& config);

}  // namespace lts::space::gpt2

#include "space/llama/config.h"

namespace lts::space::llama {

Config config_of(const Architecture& architecture) {
  return {.n_layer = architecture.n_layer(),
          .d_model = architecture.scalar("d_model"),
          .d_inner = architecture.scalar("d_inner"),
          .n_head = architecture.scalar("n_head"),
          .n_kv_head = architecture.scalar("n_kv_head"),
          .vocab_size = architecture.scalar("vocab_size"),
          .max_sequence_length = architecture.scalar("max_sequence_length"),
          .dropatt = architecture.dropatt()};
}

}  // namespace lts::space::llama

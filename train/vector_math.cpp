#include "train/vector_math.h"

#include <torch/torch.h>

namespace lts::train {

void choose_vector_math() {
  static const bool chosen = [] {
    const auto one = torch::ones({1});  // one value is one thread
    one.exp();
    one.log();
    return true;
  }();
  static_cast<void>(chosen);
}

}  // namespace lts::train

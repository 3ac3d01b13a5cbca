#include "space/module_parts.h"

namespace lts::space {

Weights::Weights(const std::vector<std::int64_t>& weight_shape, std::int64_t bias_size)
    : weight(register_parameter("weight", torch::empty(weight_shape))) {
  if (bias_size > 0) bias = register_parameter("bias", torch::empty({bias_size}));
}

torch::Tensor drop(const torch::Tensor& hidden_BTD, double probability, bool training) {
  return training && probability > 0 ? at::dropout(hidden_BTD, probability, true) : hidden_BTD;
}

}  // namespace lts::space

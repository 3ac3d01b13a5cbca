#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace lts::space {

// What the families' modules are made of.

/// A weight of any shape and, where `bias_size` > 0, a bias: registered uninitialised.
struct Weights : torch::nn::Module {
  explicit Weights(const std::vector<std::int64_t>& weight_shape, std::int64_t bias_size = 0);
  torch::Tensor weight, bias;
};
using WeightsPtr = std::shared_ptr<Weights>;

/// Dropout of a branch while training.
torch::Tensor drop(const torch::Tensor& hidden_BTD, double probability, bool training);

}  // namespace lts::space

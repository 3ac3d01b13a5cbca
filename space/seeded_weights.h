#pragma once

#include <cstdint>
#include <vector>

#include "space/weight_source.h"

namespace lts::space {

/// Random weights for a model that is measured, not trained: no LibTorch, and as fast as memory.
/// Every weight is a stretch of one block of drawn values, which begins at a place that depends on
/// the weight's name alone: the same on every machine, in whatever order and pieces it is read.
/// Values are normal (a sum of twelve uniform draws) with mean 0, those of a norm's gain (a vector
/// named ".weight") with mean 1. Biases are not zero and gains not equal, so no tool that merges
/// equal tensors finds any.
class SeededWeights final : public WeightSource {
 public:
  /// `deviation` of the values: at GPT-2's 0.02 the logits hardly show what the layers do; 0.05
  /// makes a wrong layer visible in them.
  explicit SeededWeights(std::uint64_t seed = 1, double deviation = 0.02);

  void read(const WeightSpec& weight, std::int64_t first, std::span<float> out) override;

 private:
  std::vector<float> block_;
};

}  // namespace lts::space

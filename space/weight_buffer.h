#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "space/language_model.h"

namespace lts::space {

/// One buffer of random weights for all candidates of a search: what a forward pass costs does not
/// depend on the values, and filling a wide embedding anew takes longer than measuring it.
/// Not thread-safe. A model keeps what it was lent alive, also past the buffer's own life.
class WeightBuffer {
 public:
  /// `dtype` and `device` are those the models get.
  explicit WeightBuffer(torch::Dtype dtype = torch::kFloat32, torch::Device device = torch::kCPU,
                        std::uint64_t seed = 1);

  /// Points every parameter of `model` at its own part of the buffer (normal values, deviation
  /// 0.02; the gains of norms too), 64-byte aligned. The buffer grows when the model is the largest
  /// so far; models lent earlier keep their old values. Models share memory: lend to read, never to
  /// train.
  void lend(LanguageModel& model);

  /// Values held; the largest lent model's, alignment included.
  std::int64_t size() const { return values_.numel(); }

 private:
  void grow_to(std::int64_t num_values);

  torch::Generator generator_;
  torch::Tensor values_;
};

}  // namespace lts::space

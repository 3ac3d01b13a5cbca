#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace lts::space {

// Shape suffixes: B batch, H heads, T positions, K head width, C half of it: rotated pairs.

/// Cosines and sines of the angles by which rotary embeddings turn some positions: pair c of
/// position t by t / theta^(2 c / K).
struct Rotation {
  torch::Tensor cos_TC, sin_TC;

  /// Heads with every pair turned; value c is paired with value c + K/2, as Hugging Face has it.
  torch::Tensor of(const torch::Tensor& heads_BHTK) const;
};

/// The rotations of a model's positions, computed once in fp32 and kept in the dtype and on the
/// device of what they are applied to.
class RotationTable {
 public:
  RotationTable(std::int64_t d_head, std::int64_t max_positions)
      : d_head_(d_head), max_positions_(max_positions) {}

  /// Of `length` positions from `first` on. Precondition: they are within max_positions.
  Rotation at(std::int64_t first, std::int64_t length, const torch::Tensor& like);

 private:
  void make(std::int64_t num_positions, const torch::Tensor& like);

  std::int64_t d_head_, max_positions_;
  torch::Tensor cos_TC_, sin_TC_;  // undefined until asked for
};

}  // namespace lts::space

#include "space/llama/model_rotation.h"

#include <algorithm>

#include "core/error.h"
#include "space/llama/config.h"

namespace lts::space {

// A half after the other, so that what one needs on the way is gone when the other is made.
torch::Tensor Rotation::of(const torch::Tensor& heads_BHTK) const {
  const auto halves = heads_BHTK.chunk(2, -1);
  const auto first = halves[0] * cos_TC - halves[1] * sin_TC;
  const auto second = halves[1] * cos_TC + halves[0] * sin_TC;
  return torch::cat({first, second}, -1);
}

Rotation RotationTable::at(std::int64_t first, std::int64_t length, const torch::Tensor& like) {
  const std::int64_t end = first + length;
  LTS_ASSERT(end <= max_positions_);
  const bool fits = cos_TC_.defined() && cos_TC_.size(0) >= end &&
                    cos_TC_.scalar_type() == like.scalar_type() &&
                    cos_TC_.device() == like.device();
  if (!fits) make(end, like);
  return {.cos_TC = cos_TC_.narrow(0, first, length), .sin_TC = sin_TC_.narrow(0, first, length)};
}

// Twice as many as before, so that a generation makes few tables. The first pass may be one without
// gradients and the next one of a training: a tensor made in inference mode could not take part.
void RotationTable::make(std::int64_t num_positions, const torch::Tensor& like) {
  const c10::InferenceMode no_inference(false);
  const torch::NoGradGuard no_grad;
  const std::int64_t before = cos_TC_.defined() ? cos_TC_.size(0) : 0;
  const std::int64_t rows = std::min(std::max(num_positions, 2 * before), max_positions_);
  const auto options = torch::dtype(torch::kFloat32).device(like.device());
  const auto frequency_C =
      at::pow(llama::kRopeTheta, at::arange(0, d_head_, 2, options) / d_head_).reciprocal();
  const auto angle_TC = at::arange(rows, options).unsqueeze(1) * frequency_C;
  cos_TC_ = angle_TC.cos().to(like.scalar_type());
  sin_TC_ = angle_TC.sin().to(like.scalar_type());
}

}  // namespace lts::space

#pragma once

#include <cstdint>

#include "space/architecture.h"
#include "train/train_config.h"

namespace lts::train {

/// What a training run will take, in closed form.
struct TrainPlan {
  std::int64_t parameters = 0;
  std::int64_t steps = 0, tokens = 0;
  std::int64_t micro_batch_size = 0, passes_per_step = 0;  ///< of each rank
  double flops = 0;                   ///< training_flops_per_token, over all tokens
  std::int64_t memory_bytes =
      0;  ///< estimate, of each rank: weights, gradients, moments, activations, logits
  std::int64_t disk_bytes = 0;  ///< estimate: kept checkpoints, one being written, the folder
};
/// Three times the forward pass's, 2 per multiply-add, for a token and what follows from it
/// backwards: of Counts::flops_per_token, but with the attention of the run's own sequence_length,
/// mean over its positions. Nothing that is computed twice counts twice.
double training_flops_per_token(const TrainConfig& config, const space::Architecture& architecture);

TrainPlan plan(const TrainConfig& config, const space::Architecture& architecture);

}  // namespace lts::train

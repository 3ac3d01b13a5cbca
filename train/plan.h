#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "space/architecture.h"
#include "train/train_config.h"

namespace lts::train {

/// What a training run will take, in closed form.
struct TrainPlan {
  std::int64_t parameters = 0;
  std::int64_t steps = 0, tokens = 0;
  std::int64_t micro_batch_size = 0, passes_per_step = 0;  ///< of each rank
  double flops = 0;                   ///< training_flops_per_token, over all tokens
  std::optional<double> time_s = {};  ///< on this machine; not of plan()
  std::int64_t memory_bytes =
      0;  ///< estimate, of each rank: weights, gradients, moments, activations, logits
  std::int64_t disk_bytes = 0;  ///< estimate: kept checkpoints, one being written, the folder
};
/// Three times the forward pass's, 2 per multiply-add, for a token and what follows from it
/// backwards: of Counts::flops_per_token, but with the attention of the run's own sequence_length,
/// mean over its positions. Nothing that is computed twice counts twice.
double training_flops_per_token(const TrainConfig& config, const space::Architecture& architecture);

TrainPlan plan(const TrainConfig& config, const space::Architecture& architecture);

/// What several trainings take together, each begun when the one before has ended: sums, of the
/// memory the largest, no micro batch; a time where each has one.
TrainPlan one_after_another(std::span<const TrainPlan> plans);

/// The fraction of the measured matrix-multiply rate that a training is expected to reach where
/// none has been timed: log.jsonl tells what it then reaches.
inline constexpr double kExpectedGemmFraction = 0.6;

}  // namespace lts::train

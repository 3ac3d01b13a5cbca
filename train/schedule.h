#pragma once

#include <cstdint>

#include "train/train_config.h"

namespace lts::train {

/// The learning rate of optimizer step `step`, counted from 0: linear from 0 during the warm-up,
/// then down from the peak to min_learning_rate. With min_learning_rate 0 equal to transformers'
/// get_{cosine,linear,constant}_schedule_with_warmup; wsd is get_wsd_schedule with the last fifth
/// of the steps for the decay. Cosine with a minimum is
/// get_cosine_with_min_lr_schedule_with_warmup.
///
///     steps 10, warmup_steps 2, cosine, peak 1: 0, 0.5, 1, 0.962, 0.854, ...
double learning_rate(const TrainConfig& config, std::int64_t step);

}  // namespace lts::train

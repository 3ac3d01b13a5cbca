#pragma once

#include <torch/torch.h>

#include <string>

#include "core/error.h"
#include "train/distributed/ranks.h"
#include "train/train_config.h"

namespace lts::train {

/// From here on NVIDIA GPUs multiply fp32 matrices in TF32: operands rounded to 11 bits, sums in
/// fp32. As training does, and whatever says how fast it is.
void allow_tf32();

/// The threads that LibTorch is to use on this rank.
int threads_of(const TrainConfig& config, const Ranks& ranks);

/// The device of this rank: of several, `cuda` is each one's own GPU. \throws Error kUser where
/// there are fewer GPUs than ranks, or several ranks of a machine are to share a named one.
torch::Device device_of(const TrainConfig& config, const Ranks& ranks);

/// The device of a configuration. \throws Error kUser, saying which devices work, when it is not
/// there or the name is none.
torch::Device device_named(const std::string& name, const Place& place);

/// \throws Error kUser naming the dtype that works when `device` cannot compute in `precision`.
void check_precision(Precision precision, torch::Device device, const Place& place);

}  // namespace lts::train

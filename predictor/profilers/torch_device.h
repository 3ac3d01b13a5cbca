#pragma once

#include <memory>

#include "predictor/hardware_config.h"
#include "predictor/profiler.h"

namespace lts::predictor {

/// Measures by running LibTorch in this process, by the published protocol: the trunk over all
/// positions, head and softmax on the last one only; with past_length, after a filled KV cache.
/// All architectures share one buffer of random weights. Not thread-safe; sets LibTorch's number
/// of threads while it measures. \throws Error kUser, at the place of `device`, when it is not
/// available.
std::shared_ptr<Profiler> make_torch_profiler(const HardwareConfig& config);

}  // namespace lts::predictor

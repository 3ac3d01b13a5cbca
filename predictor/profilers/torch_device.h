#pragma once

#include <memory>

#include "predictor/device.h"
#include "predictor/hardware_config.h"

namespace lts::predictor {

/// LibTorch in this process, by the published protocol: the trunk over all positions, head and
/// softmax on the last one only; with past_length, after a filled KV cache. All architectures share
/// one buffer of random weights. Not thread-safe; sets LibTorch's number of threads while it runs.
/// \throws Error kUser, at the place of `device`, when it is not available.
std::unique_ptr<Device> make_torch_device(const HardwareConfig& config);

}  // namespace lts::predictor

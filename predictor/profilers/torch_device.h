#pragma once

#include <memory>

#include "predictor/device.h"
#include "predictor/hardware_config.h"

namespace lts::predictor {

/// LibTorch in this process: runs the inference form of an architecture (space/inference_model.h)
/// by the protocol. All architectures share one buffer of random weights. Sets LibTorch's number of
/// threads while it works; not thread-safe. \throws Error kUser, at the place of `device`, when the
/// device or the dtype is not available.
std::unique_ptr<Device> make_torch_device(const HardwareConfig& config);

}  // namespace lts::predictor

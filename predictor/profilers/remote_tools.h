#pragma once

#include "predictor/hardware_config.h"
#include "predictor/remote/remote_device.h"

namespace lts::predictor {

/// What devices that are not this process need of it: the ONNX writer, and our own
/// log-probabilities to hold theirs against, both on the same random weights.
RemoteTools remote_tools(const HardwareConfig& config);

}  // namespace lts::predictor

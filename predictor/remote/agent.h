#pragma once

#include <functional>
#include <iosfwd>
#include <memory>

#include "predictor/device.h"

namespace lts::predictor {

/// Makes the device of this process for a protocol. \throws Error kUser when it cannot run it.
using DeviceMaker = std::function<std::unique_ptr<Device>(const HardwareConfig& config)>;

/// The device's side of docs/protocol.md over a device of this process: says hello, then answers a
/// request a line until `input` ends. Models are made from a request's `config`; the last ones stay
/// loaded, so that a sentinel and a candidate may take turns. `base` is the protocol where a
/// request says nothing of it. Nothing else may write to `output`. \throws Error as the maker for
/// `base`, and kStopped when interrupted.
void serve_agent(std::istream& input, std::ostream& output, const HardwareConfig& base,
                 const DeviceMaker& make_device);

}  // namespace lts::predictor

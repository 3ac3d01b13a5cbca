#pragma once

#include <optional>

#include "core/turn.h"
#include "predictor/hardware_config.h"

namespace lts::predictor {

/// As long as it lives, work of ours beside a measurement pauses, in whatever process, where both
/// are on this machine; a device elsewhere has no turn to wait for. \throws as MeasuringTurn.
class Alone {
 public:
  explicit Alone(const HardwareConfig& config) {
    if (config.runs_on_this_machine()) turn_.emplace();
  }

 private:
  std::optional<MeasuringTurn> turn_;
};

}  // namespace lts::predictor

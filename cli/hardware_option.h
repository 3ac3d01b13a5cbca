#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "predictor/hardware_config.h"

namespace lts::cli {

/// Declares `--hardware FILE` and `--set KEY=VALUE`.
void add_hardware_options(Arguments& args);

/// The hardware file of `--hardware`, else configs/hardware/cpu-1-thread.yaml, with every `--set`
/// applied, then every one of `overrides`. \throws Error kUser with place.
predictor::HardwareConfig hardware_option(const Arguments& args,
                                          const std::vector<std::string>& overrides = {});

}  // namespace lts::cli

#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "predictor/hardware_config.h"
#include "space/architecture.h"

namespace lts::cli {

/// One combination of the values of `--grid`: what stands in its rows, and the protocol.
struct GridPoint {
  std::vector<std::pair<std::string, std::string>> values;  ///< key and value, in `--grid`'s order
  predictor::HardwareConfig hardware;
};

/// Every combination of `--grid KEY=V,V`, the last key changing fastest; one point without
/// `--grid`. \throws Error kUser for a key that stands twice, has no value, or is none of the
/// hardware file.
std::vector<GridPoint> grid_points(const Arguments& args);

/// Measures every architecture at every point and prints a row for each, the failed ones with their
/// reason. \throws Error kUser before anything is measured; kStopped after printing what there is.
int profile_table(const Arguments& args, const std::vector<space::Architecture>& architectures);

}  // namespace lts::cli

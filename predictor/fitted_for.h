#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/yaml.h"
#include "predictor/hardware_config.h"
#include "space/search_space.h"

namespace lts::predictor {

/// What a fitted cost holds for: the members of a space under a protocol.
struct FittedFor {
  space::SearchSpace space;
  HardwareConfig protocol;
};

/// Reads `{space: ..., protocol: ...}`, both complete. \throws Error kUser with place.
FittedFor read_fitted_for(const YamlNode& node);
/// The map that read_fitted_for reads.
nlohmann::ordered_json fitted_for_json(const FittedFor& fitted);

/// "threads is 1 there and 2 here" for the first key in which what two protocols measure differs
/// (measured_part), or nothing. The stop rule makes no difference.
std::optional<std::string> protocol_difference(const HardwareConfig& there,
                                               const HardwareConfig& here);

/// "d_model is 128 to 960 there and reaches 1024 here" for the first gene of `here` that leaves the
/// space `there`, or nothing.
std::optional<std::string> space_difference(const space::SearchSpace& there,
                                            const space::SearchSpace& here);

}  // namespace lts::predictor

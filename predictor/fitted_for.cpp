#include "predictor/fitted_for.h"

#include <algorithm>

#include "core/config_reader.h"
#include "core/json_difference.h"
#include "space/family.h"
#include "space/space_config.h"

namespace lts::predictor {
namespace {

using Json = nlohmann::ordered_json;

std::string differs(const std::string& key, const Json& there, const Json& here) {
  return key + " is " + there.dump() + " there and " + here.dump() + " here";
}

/// How long is measured changes how sure a value is, not what it is.
Json fitted_part(const HardwareConfig& config) {
  Json out = measured_part(hardware_json(config));
  out.erase("stop");
  return out;
}

}  // namespace

FittedFor read_fitted_for(const YamlNode& node) {
  MapReader reader(node, "fitted");
  FittedFor out{.space = space::read_space(reader.required("space")),
                .protocol = read_hardware(reader.required("protocol"), "")};
  reader.finish();
  return out;
}

Json fitted_for_json(const FittedFor& fitted) {
  return {{"space", space::space_json(fitted.space)}, {"protocol", hardware_json(fitted.protocol)}};
}

std::optional<std::string> protocol_difference(const HardwareConfig& there,
                                               const HardwareConfig& here) {
  const auto found = json_difference(fitted_part(there), fitted_part(here));
  if (!found) return std::nullopt;
  return differs(found->path, found->before, found->now);
}

std::optional<std::string> space_difference(const space::SearchSpace& there,
                                            const space::SearchSpace& here) {
  if (&there.family() != &here.family()) {
    return differs("family", there.family().name(), here.family().name());
  }
  const Json before = space::space_json(there), now = space::space_json(here);
  for (const auto& spec : there.family().genes()) {
    const std::string gene(spec.name);
    if (spec.fallback == 0 || before.at(gene) == now.at(gene)) continue;
    return differs(gene, before.at(gene), now.at(gene));
  }
  for (std::size_t r = 0; r < there.ranges().size(); ++r) {
    const auto [least, most] = std::ranges::minmax(there.ranges()[r].choices);
    for (const std::int32_t choice : here.ranges()[r].choices) {
      if (choice >= least && choice <= most) continue;
      return there.ranges()[r].gene + " is " + std::to_string(least) + " to " +
             std::to_string(most) + " there and reaches " + std::to_string(choice) + " here";
    }
  }
  return std::nullopt;
}

}  // namespace lts::predictor

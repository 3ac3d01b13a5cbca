#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace lts {

/// Where two JSON documents differ first. A value that one side lacks is
/// null, and no difference where the other side has null.
struct JsonDifference {
  std::string path;  ///< "stop.max_runs", "objectives.0.name"; "" for the documents themselves
  nlohmann::ordered_json before, now;
};

/// The first difference in the order of `before`, then what only `now` has; nothing where the two
/// say the same. The order of keys says nothing, nor does 1 instead of 1.0. Lists of one length are
/// compared value by value, others as a whole.
std::optional<JsonDifference> json_difference(const nlohmann::ordered_json& before,
                                              const nlohmann::ordered_json& now);

}  // namespace lts

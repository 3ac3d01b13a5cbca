#include "core/json_difference.h"

namespace lts {
namespace {

using Json = nlohmann::ordered_json;
using Found = std::optional<JsonDifference>;

Found difference_at(const std::string& path, const Json& before, const Json& now);

std::string below(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

Found difference_of_maps(const std::string& path, const Json& before, const Json& now) {
  for (const auto& [key, value] : before.items()) {
    const Json other = now.contains(key) ? now.at(key) : Json();
    if (auto found = difference_at(below(path, key), value, other)) return found;
  }
  for (const auto& [key, value] : now.items()) {
    if (before.contains(key) || value.is_null()) continue;
    return JsonDifference{below(path, key), nullptr, value};
  }
  return std::nullopt;
}

Found difference_of_lists(const std::string& path, const Json& before, const Json& now) {
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (auto found = difference_at(below(path, std::to_string(i)), before[i], now[i])) return found;
  }
  return std::nullopt;
}

Found difference_at(const std::string& path, const Json& before, const Json& now) {
  if (before.is_object() && now.is_object()) return difference_of_maps(path, before, now);
  if (before.is_array() && now.is_array() && before.size() == now.size()) {
    return difference_of_lists(path, before, now);
  }
  if (before == now) return std::nullopt;
  return JsonDifference{path, before, now};
}

}  // namespace

std::optional<JsonDifference> json_difference(const Json& before, const Json& now) {
  return difference_at("", before, now);
}

}  // namespace lts

#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace lts {

/// A value for JSON; null where there is none.
template <typename T>
nlohmann::ordered_json or_null(const std::optional<T>& value) {
  if (!value) return nullptr;
  return *value;
}
/// A text; null where it is empty.
inline nlohmann::ordered_json or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return text;
}

}  // namespace lts

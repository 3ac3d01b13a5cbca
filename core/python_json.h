#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace lts {

/// The text of Python's `json.dumps(value, sort_keys=True)`: separators ", " and ": ", ASCII only
/// (other characters as \uXXXX, surrogate pairs above U+FFFF), floats as repr, NaN and Infinity as
/// Python writes them. The form that architecture ids are hashed from.
std::string python_json(const nlohmann::json& value);

}  // namespace lts

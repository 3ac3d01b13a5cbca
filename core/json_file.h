#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace lts {

/// Parses JSON that a user wrote or named; `name` stands for the file in messages. \throws Error
/// kUser with line and column for bad syntax, and for nesting deeper than 100, which would exhaust
/// the stack of whoever walks the value.
nlohmann::json parse_json(std::string_view text, const std::string& name);

/// The text under `key`; "" where `value` is no object that has one.
std::string text_at(const nlohmann::ordered_json& value, std::string_view key);

}  // namespace lts

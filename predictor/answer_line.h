#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/error.h"

/// What the lines of programs that answer us have in common (docs/protocol.md, docs/objectives.md).
namespace lts::predictor {

/// Says what is wrong with a line; whoever asked adds which program it was.
Error refusal(const std::string& message);

/// The object that a line is. `what` names it ("the answer"); `hint` ends the message where it is
/// no JSON. \throws as refusal.
nlohmann::json parse_object(std::string_view line, const std::string& what,
                            const std::string& hint = "");

/// A member, or null where there is none.
const nlohmann::json& member(const nlohmann::json& object, const char* key);

/// What somebody wrote as text: a string as it is, null as nothing, the rest as JSON.
std::string as_text(const nlohmann::json& value);

/// \throws as refusal unless the answer is to this request.
void require_id(const nlohmann::json& answer, std::int64_t id);

}  // namespace lts::predictor

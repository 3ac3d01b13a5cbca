#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "predictor/objective.h"

/// The lines that an objective's program and we exchange; docs/objectives.md has them for whoever
/// writes such a program.
namespace lts::predictor {

/// {"id", "architectures": [{archid, family, config, every closed form}]}, newline included.
std::string command_request(std::int64_t id, std::span<const space::Architecture> architectures);

/// The outcomes of an answer, one for each architecture: a null is a failed candidate with its
/// entry of `errors`. \throws Error kRuntime saying what is wrong with the line: no JSON, another
/// id, another number of values, a value that is neither a number nor null.
std::vector<Outcome> parse_command_answer(std::string_view line, std::int64_t id,
                                          std::span<const space::Architecture> architectures);

}  // namespace lts::predictor

#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace lts {

/// A record as a line of an append-only file, newline included:
/// {"checksum": "<16 hex digits>", "record": ...}, the checksum over the record's text. Bytes that
/// are no UTF-8 (a device's message) are replaced.
std::string record_line(const nlohmann::ordered_json& record);

/// The record of a line without its newline; nothing where the line is damaged.
std::optional<nlohmann::ordered_json> parse_record_line(std::string_view line);

/// Whether `text` can be what a crash left of a file's first record line: the beginning of one, or
/// zeros.
bool may_be_torn_record(std::string_view text);

}  // namespace lts

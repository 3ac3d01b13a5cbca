#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lts {

std::string join(std::span<const std::string> parts, std::string_view separator);
std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
/// What comes before the first newline.
std::string first_line(std::string_view text);

/// Shortest decimal text that reads back as the same double, in the form of Python's repr: "0.0",
/// "1e-05", "1e+16", "inf", "nan".
std::string python_repr(double value);
/// At most `digits` significant digits, for people: "0.0842".
std::string short_number(double value, int digits = 4);
/// A share for people: "4.8 %", "72 %", "150 %": whole percents from ten on.
std::string human_percent(double share);
/// "3.2 MiB", "17 GiB": binary units, for people.
std::string human_bytes(double size_bytes);
/// "2 h 05 min", "3 min 20 s", "0.52 s": for people.
std::string human_duration(double seconds);

/// The order of numbered names: "2" before "10", "seed-9" before "seed-10". Names of one length by
/// their bytes, shorter ones first.
bool numbered_before(std::string_view a, std::string_view b);

/// Levenshtein distance in bytes. O(|a| |b|).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// Reads the whole of `text` as a decimal number, a finite one: "inf" and "nan" are none. Return
/// false (value untouched) unless it is one.
bool parse_int(std::string_view text, std::int64_t& value);
bool parse_double(std::string_view text, double& value);

/// Whether `text` is well-formed UTF-8; if not, `bad_offset` (if given) is the first bad byte.
bool is_utf8(std::string_view text, std::size_t* bad_offset = nullptr);

}  // namespace lts

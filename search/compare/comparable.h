#pragma once

#include "search/compare/comparison.h"

namespace lts::search {

/// The bounds between which all runs are scored: those given, else those that all share. \throws
/// Error kUser as compare_runs.
std::map<std::string, Bounds> bounds_of_all(const std::vector<NamedRun>& runs,
                                            const std::map<std::string, Bounds>& given);

/// Runs of a group that differ in more than their seeds, unfinished ones, those of another machine.
std::vector<std::string> notes_on(const Comparison& comparison);

/// The value under "a.b.c" of nested maps, or null.
nlohmann::ordered_json value_at(const nlohmann::ordered_json& config, const std::string& path);
/// A value for people: text without quotes, "none" for null.
std::string value_text(const nlohmann::ordered_json& value);

}  // namespace lts::search

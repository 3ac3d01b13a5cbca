#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "search/search_config.h"

namespace lts::search {

/// Reads the `objectives:` list. `resolved` gets the same list with every file written into it.
/// \throws Error kUser with line and column.
std::vector<predictor::Objective> read_objectives(const YamlNode& list,
                                                  const space::SearchSpace& space,
                                                  const std::filesystem::path& folder,
                                                  const MakeProfiler& make_profiler,
                                                  const predictor::ProxySource& proxies,
                                                  nlohmann::ordered_json& resolved);

/// Names that the columns of a run's files take, so that no objective may.
std::vector<std::string> reserved_columns(const space::Family& family);

}  // namespace lts::search

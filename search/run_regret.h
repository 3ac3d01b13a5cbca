#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "search/archive.h"
#include "search/regret.h"
#include "search/search_config.h"

namespace lts::search {

/// How much of the exact front of its space a run's front misses.
struct RunRegret {
  std::size_t members = 0;      ///< of the space, those that meet the constraints
  std::size_t exact_front = 0;  ///< how many of them are on the front
  Regret regret{};
};

/// Nothing where an objective is measured or the space has more than kMostEnumerated combinations.
std::optional<RunRegret> run_regret(const SearchConfig& config, const Archive& archive,
                                    const std::map<std::string, Bounds>& bounds);

/// `{members, exact_front, hypervolume_missing, share_found, shortfall: {NAME: {worst,
/// unmatched}}}`.
nlohmann::ordered_json regret_json(const RunRegret& regret,
                                   std::span<const predictor::Objective> objectives);

}  // namespace lts::search

#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "search/archive.h"
#include "search/exact/exact_front.h"
#include "search/front/regret.h"
#include "search/search_config.h"

namespace lts::search {

/// How much of the exact front of its space a run's front misses.
struct RunRegret {
  /// Of the space, those that meet the constraints; unknown where the front was merged.
  std::optional<std::size_t> members{};
  std::size_t exact_front = 0;  ///< how many are on the front; where it was merged, points of it
  Regret regret{};
};

/// The exact front of a search's space, computed once for all runs that are held against it.
class ExactYardstick {
 public:
  explicit ExactYardstick(const SearchConfig& config);

  /// Nothing where there is no exact_front.
  std::optional<RunRegret> regret(const Archive& archive,
                                  const std::map<std::string, Bounds>& bounds) const;

 private:
  std::optional<ExactFront> front_{};
};

/// The regret of one run.
std::optional<RunRegret> run_regret(const SearchConfig& config, const Archive& archive,
                                    const std::map<std::string, Bounds>& bounds);

/// The hypervolume of the exact front between a run's bounds. Nothing where there is no
/// exact_front, nor for a space beyond kMostEnumerated, whose front takes too long to merge for a
/// picture.
std::optional<double> exact_hypervolume(const SearchConfig& config,
                                        const std::map<std::string, Bounds>& bounds);

/// `{members (or null), exact_front, hypervolume_missing, share_found, shortfall: {NAME: {worst,
/// unmatched}}}`.
nlohmann::ordered_json regret_json(const RunRegret& regret,
                                   std::span<const predictor::Objective> objectives);

}  // namespace lts::search

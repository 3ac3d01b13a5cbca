#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "core/random.h"
#include "core/statistics.h"
#include "search/search_config.h"

namespace lts::search {

// Members of a search's space that meet the constraints on its free objectives. Nothing is
// measured.

/// The most combinations of genes that are gone through one by one.
inline constexpr double kMostListed = 1e7;

/// Calls `visit` for each member in the order of SearchSpace::enumerate until it returns false.
void for_each_member(const SearchConfig& config,
                     const std::function<bool(const space::Architecture&)>& visit);

/// Draws combinations of a space's genes, each equally likely, however vast the space: unlike
/// SearchSpace::sample, which draws the number of layers evenly, though most combinations of
/// per-layer genes have many.
class EvenDraw {
 public:
  explicit EvenDraw(const space::SearchSpace& space);

  /// How many combinations there are.
  double combinations() const { return ends_.back(); }
  /// One of them; it may have a flaw.
  space::Architecture operator()(Rng& rng) const;

 private:
  std::vector<space::SearchSpace> parts_;  ///< one per number of layers
  std::vector<double> ends_;               ///< combinations up to the end of each part
};

/// `count` distinct members, every set of so many equally likely; in enumeration order where the
/// space has at most kMostListed combinations, else as drawn. \throws Error kUser when there are
/// fewer or, in a larger space, when 200,000 draws in a row bring no new one; kStopped on a signal.
std::vector<space::Architecture> sample_members(const SearchConfig& config, std::size_t count,
                                                Rng& rng);

/// How many members there are.
struct MemberCount {
  double combinations = 0;  ///< of genes, buildable or not
  double members = 0;
  /// Where `members` is an estimate its 95 % interval (Wilson's, of the share met by the draws).
  std::optional<Interval> ci95{};
  std::size_t draws = 0;  ///< behind the estimate
};

/// Counts up to 10^6 combinations one by one; of more it looks at 20,000, drawn evenly.
MemberCount count_members(const SearchConfig& config);

}  // namespace lts::search

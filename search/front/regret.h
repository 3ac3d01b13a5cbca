#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "search/front/pareto.h"

namespace lts::search {

/// How far one objective is from the exact front: the additive epsilon (Zitzler et al. 2003), one
/// objective at a time.
struct Shortfall {
  /// The most by which a member of the exact front is better in this objective than every found one
  /// that is as good in all others, in the objective's unit.
  double worst = 0;
  /// Members of the exact front with no found one that is as good in all others.
  std::size_t unmatched = 0;
};

/// How much of an exact front a set of found points misses (docs/metrics.md).
struct Regret {
  double hypervolume_missing = 0;  ///< as the function below
  /// Share of the exact front's points that are among the found ones.
  double share_found = 0;
  std::vector<Shortfall> shortfall{};  ///< by objective
};

/// The share of the exact front's volume that the found points lack: 0 where rounding says less, or
/// where the exact front dominates nothing.
double hypervolume_missing(double exact, double found);

/// Losses of found points and of the exact front. `scaled_...`: the same points scaled to the unit
/// cube (scaled_loss), for the volume.
Regret regret_of(std::span<const Point> found, std::span<const Point> exact,
                 std::span<const Point> scaled_found, std::span<const Point> scaled_exact);

/// The shortfall in the objective at `axis` alone.
Shortfall shortfall_of(std::span<const Point> found, std::span<const Point> exact,
                       std::size_t axis);

}  // namespace lts::search

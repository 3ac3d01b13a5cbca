#pragma once

#include <span>
#include <vector>

#include "search/front/pareto.h"

namespace lts::search {

/// The volume that `points` dominate inside the unit cube, reference point (1, ..., 1); coordinates
/// are clipped to [0, 1]. Up to three objectives O(n log n), by a sweep along the first whose
/// border in the other two is a balanced tree (Beume et al. 2009); by slices along the last, a
/// factor n more for each further one.
///
/// Example: hypervolume({{0.5, 0.5}}) is 0.25.
double hypervolume(std::span<const Point> points);

/// Two bounds of an objective's value, fixed before the first evaluation of a run.
struct Bounds {
  double low = 0, high = 0;

  bool operator==(const Bounds&) const = default;
};

/// A value scaled between its bounds so that the better end is 0 and the worse 1, clipped to
/// [0, 1]; 0 where the bounds are equal. `maximize`: the better end is `high`.
double scaled_loss(double value, const Bounds& bounds, bool maximize);

}  // namespace lts::search

#pragma once

#include <cstddef>
#include <span>

#include "search/front/pareto.h"

namespace lts::search {

/// Rounds points so that sums of the same parts in another order are equal: each coordinate to a
/// multiple of a power of two, at most 2^-40 of the largest on its axis. Sums of some thousand such
/// points are exact, and so are whole numbers up to 2^40.
class ValueGrid {
 public:
  /// For points as large as these; all of one length, at least one.
  explicit ValueGrid(std::span<const Point> points);

  Point rounded(Point point) const;
  /// How far apart values on an axis are.
  double step(std::size_t axis) const { return steps_[axis]; }

 private:
  Point steps_;
};

}  // namespace lts::search

#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "search/front/pareto.h"

namespace lts::search {

/// Up to three coordinates without a list of their own, so that many are sorted fast; missing ones
/// are 0.
struct FlatPoint {
  double x = 0, y = 0, z = 0;
  std::size_t index = 0;  ///< of the point it was made from

  /// Lexicographic, equal places by index.
  bool operator<(const FlatPoint& other) const {
    if (x != other.x) return x < other.x;
    if (y != other.y) return y < other.y;
    if (z != other.z) return z < other.z;
    return index < other.index;
  }
  bool same_place(const FlatPoint& other) const {
    return x == other.x && y == other.y && z == other.z;
  }
};

/// The first three coordinates of a point.
FlatPoint flat_point(const Point& point, std::size_t index);
std::vector<FlatPoint> flat_points(std::span<const Point> points);

/// Drops what the point nearest the best corner dominates: of points that fill a volume nearly all,
/// in one pass instead of a sort. The non-dominated ones and their equals stay.
void drop_dominated_by_one(std::vector<FlatPoint>& points);

}  // namespace lts::search

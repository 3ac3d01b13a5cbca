#include "search/front/flat_point.h"

#include <algorithm>

namespace lts::search {
namespace {

struct Scale {
  double low = 0, factor = 0;

  double of(double value) const { return (value - low) * factor; }
};

/// From the lowest to the highest value to [0, 1]; a coordinate that does not vary counts nothing.
Scale scale_of(const std::vector<FlatPoint>& points, double FlatPoint::*coordinate) {
  double low = points.front().*coordinate, high = low;
  for (const FlatPoint& point : points) {
    low = std::min(low, point.*coordinate);
    high = std::max(high, point.*coordinate);
  }
  return {low, high > low ? 1 / (high - low) : 0};
}

bool dominates(const FlatPoint& a, const FlatPoint& b) {
  return a.x <= b.x && a.y <= b.y && a.z <= b.z && !a.same_place(b);
}

}  // namespace

FlatPoint flat_point(const Point& point, std::size_t index) {
  return {.x = point[0],
          .y = point.size() > 1 ? point[1] : 0,
          .z = point.size() > 2 ? point[2] : 0,
          .index = index};
}

std::vector<FlatPoint> flat_points(std::span<const Point> points) {
  std::vector<FlatPoint> flat;
  flat.reserve(points.size());
  for (const Point& point : points) flat.push_back(flat_point(point, flat.size()));
  return flat;
}

void drop_dominated_by_one(std::vector<FlatPoint>& points) {
  if (points.empty()) return;
  const Scale x = scale_of(points, &FlatPoint::x), y = scale_of(points, &FlatPoint::y),
              z = scale_of(points, &FlatPoint::z);
  const FlatPoint best = *std::ranges::min_element(points, {}, [&](const FlatPoint& point) {
    return x.of(point.x) + y.of(point.y) + z.of(point.z);
  });
  std::erase_if(points, [&](const FlatPoint& point) { return dominates(best, point); });
}

}  // namespace lts::search

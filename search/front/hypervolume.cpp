#include "search/front/hypervolume.h"

#include <algorithm>
#include <functional>
#include <memory_resource>

#include "search/front/flat_point.h"
#include "search/front/staircase.h"

namespace lts::search {
namespace {

constexpr std::size_t kSweptDimensions = 3;

/// Of up to three coordinates in the unit cube. Between two points that follow each other along x
/// the volume is as wide as the area that the points up to there dominate in the other two.
double sweep(std::vector<FlatPoint> points) {
  drop_dominated_by_one(points);
  std::ranges::sort(points, std::less<>());
  std::pmr::monotonic_buffer_resource memory;
  Staircase border(&memory);
  double volume = 0, area = 0, from = 0;
  for (const FlatPoint& point : points) {
    if (border.covers(point.y, point.z)) continue;
    volume += area * (point.x - from);
    from = point.x;
    border.add(point.y, point.z, [&](double left, double right, double top) {
      area += (std::min(right, 1.0) - left) * (std::min(top, 1.0) - point.z);
    });
  }
  return volume + area * (1 - from);
}

/// Hypervolume over the first `dimensions` coordinates. A slice between two neighbours along the
/// last coordinate is as high as their distance and as wide as the points below it dominate.
double slice(std::vector<const Point*> points, std::size_t dimensions) {
  if (dimensions <= kSweptDimensions) {
    std::vector<FlatPoint> flat;
    for (const Point* point : points) flat.push_back(flat_point(*point, flat.size()));
    return sweep(std::move(flat));
  }
  const std::size_t last = dimensions - 1;
  std::ranges::sort(points, {}, [&](const Point* point) { return (*point)[last]; });
  double volume = 0;
  std::vector<const Point*> below;
  for (std::size_t i = 0; i < points.size(); ++i) {
    below.push_back(points[i]);
    const double next = i + 1 < points.size() ? (*points[i + 1])[last] : 1;
    const double height = next - (*points[i])[last];
    if (height > 0) volume += height * slice(below, last);
  }
  return volume;
}

double clip(double coordinate) { return std::clamp(coordinate, 0.0, 1.0); }

double sliced(std::vector<Point> points) {
  for (Point& point : points) std::ranges::transform(point, point.begin(), clip);
  std::vector<const Point*> front;
  for (const std::size_t index : pareto_front(points, Ties::kKeepFirst)) {
    front.push_back(&points[index]);
  }
  return slice(std::move(front), points.front().size());
}

}  // namespace

double hypervolume(std::span<const Point> points) {
  if (points.empty()) return 0;
  if (points.front().size() > kSweptDimensions) return sliced({points.begin(), points.end()});
  std::vector<FlatPoint> flat = flat_points(points);
  for (FlatPoint& point : flat) {
    point = {clip(point.x), clip(point.y), clip(point.z), point.index};
  }
  return sweep(std::move(flat));
}

double scaled_loss(double value, const Bounds& bounds, bool maximize) {
  if (bounds.high == bounds.low) return 0;
  const double position = (value - bounds.low) / (bounds.high - bounds.low);
  return std::clamp(maximize ? 1 - position : position, 0.0, 1.0);
}

}  // namespace lts::search

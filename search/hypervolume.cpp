#include "search/hypervolume.h"

#include <algorithm>

namespace lts::search {
namespace {

/// Hypervolume over the first `dimensions` coordinates. A slice between two neighbours along the
/// last coordinate is as high as their distance and as wide as the points below it dominate.
double slice(std::vector<const Point*> points, std::size_t dimensions) {
  const std::size_t last = dimensions - 1;
  std::ranges::sort(points, [&](auto a, auto b) { return (*a)[last] < (*b)[last]; });
  if (dimensions == 1) return points.empty() ? 0 : 1 - (*points.front())[0];
  if (dimensions == 2) {
    double area = 0, lowest = 1;
    for (const Point* point : points) {
      const double gain = lowest - (*point)[0];
      if (gain <= 0) continue;
      area += gain * (1 - (*point)[1]);
      lowest = (*point)[0];
    }
    return area;
  }
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

}  // namespace

double hypervolume(std::span<const Point> points) {
  if (points.empty()) return 0;
  std::vector<Point> clipped(points.begin(), points.end());
  for (Point& point : clipped) {
    for (double& coordinate : point) coordinate = std::clamp(coordinate, 0.0, 1.0);
  }
  std::vector<const Point*> front;
  for (const std::size_t index : pareto_front(clipped, Ties::kKeepFirst)) {
    front.push_back(&clipped[index]);
  }
  return slice(std::move(front), clipped.front().size());
}

double scaled_loss(double value, const Bounds& bounds, bool maximize) {
  if (bounds.high == bounds.low) return 0;
  const double position = (value - bounds.low) / (bounds.high - bounds.low);
  return std::clamp(maximize ? 1 - position : position, 0.0, 1.0);
}

}  // namespace lts::search

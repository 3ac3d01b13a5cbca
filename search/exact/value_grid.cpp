#include "search/exact/value_grid.h"

#include <algorithm>
#include <cmath>

namespace lts::search {

ValueGrid::ValueGrid(std::span<const Point> points) : steps_(points.front().size(), 0) {
  for (const Point& point : points) {
    for (std::size_t a = 0; a < steps_.size(); ++a) {
      steps_[a] = std::max(steps_[a], std::abs(point[a]));
    }
  }
  constexpr int kBits = 40;
  for (double& step : steps_) step = step == 0 ? 1 : std::ldexp(1.0, std::ilogb(step) - kBits);
}

Point ValueGrid::rounded(Point point) const {
  for (std::size_t a = 0; a < steps_.size(); ++a) {
    point[a] = std::nearbyint(point[a] / steps_[a]) * steps_[a];
  }
  return point;
}

}  // namespace lts::search

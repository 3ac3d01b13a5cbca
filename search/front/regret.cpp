#include "search/front/regret.h"

#include <algorithm>
#include <limits>
#include <set>

#include "search/front/hypervolume.h"

namespace lts::search {
namespace {

double share_found(std::span<const Point> found, std::span<const Point> exact) {
  if (exact.empty()) return 1;
  const std::set<Point> known(found.begin(), found.end());
  const auto hits = std::ranges::count_if(exact, [&](const Point& p) { return known.contains(p); });
  return static_cast<double>(hits) / static_cast<double>(exact.size());
}

}  // namespace

double hypervolume_missing(double exact, double found) {
  return exact > 0 ? std::max(0.0, (exact - found) / exact) : 0.0;
}

Shortfall shortfall_of(std::span<const Point> found, std::span<const Point> exact,
                       std::size_t axis) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  Shortfall out;
  for (const Point& point : exact) {
    double nearest = kNone;
    for (const Point& other : found) {
      if (covers_beside(other, point, axis)) nearest = std::min(nearest, other[axis]);
    }
    if (nearest == kNone) {
      ++out.unmatched;
    } else {
      out.worst = std::max(out.worst, nearest - point[axis]);
    }
  }
  return out;
}

Regret regret_of(std::span<const Point> found, std::span<const Point> exact,
                 std::span<const Point> scaled_found, std::span<const Point> scaled_exact) {
  Regret out{.share_found = share_found(found, exact)};
  out.hypervolume_missing =
      hypervolume_missing(hypervolume(scaled_exact), hypervolume(scaled_found));
  const std::size_t axes = exact.empty() ? 0 : exact.front().size();
  for (std::size_t axis = 0; axis < axes; ++axis) {
    out.shortfall.push_back(shortfall_of(found, exact, axis));
  }
  return out;
}

}  // namespace lts::search

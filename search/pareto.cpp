#include "search/pareto.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

namespace lts::search {
namespace {

/// Points of a front seen in lexicographic order, asked whether one of them is <= a later point.
class Staircase {
 public:
  /// Whether a point already added is <= `point` in every coordinate.
  bool covers(const Point& point) const {
    if (point.size() <= 3) return lowest_third(point) <= third(point);
    return std::ranges::any_of(front_, [&](const Point* other) {
      return std::ranges::equal(*other, point, std::less_equal<>());
    });
  }

  void add(const Point& point) {
    if (point.size() > 3) {
      front_.push_back(&point);
      return;
    }
    // Steps fall in the third coordinate as the second grows; drop the ones this point undercuts.
    auto step = steps_.insert_or_assign(second(point), third(point)).first;
    for (++step; step != steps_.end() && step->second >= third(point);) step = steps_.erase(step);
  }

 private:
  static double second(const Point& point) { return point.size() > 1 ? point[1] : 0; }
  static double third(const Point& point) { return point.size() > 2 ? point[2] : 0; }

  /// The lowest third coordinate among added points whose second one is <= this point's.
  double lowest_third(const Point& point) const {
    const auto after = steps_.upper_bound(second(point));
    if (after == steps_.begin()) return std::numeric_limits<double>::infinity();
    return std::prev(after)->second;
  }

  std::map<double, double> steps_;
  std::vector<const Point*> front_;
};

}  // namespace

std::vector<std::size_t> pareto_front(std::span<const Point> points, Ties ties) {
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](auto a, auto b) { return points[a] < points[b]; });
  Staircase staircase;
  std::vector<std::size_t> front;
  for (const std::size_t index : order) {
    const Point& point = points[index];
    if (!front.empty() && points[front.back()] == point) {
      if (ties == Ties::kKeepAll) front.push_back(index);
    } else if (!staircase.covers(point)) {
      staircase.add(point);
      front.push_back(index);
    }
  }
  return front;
}

}  // namespace lts::search

#pragma once

#include <iterator>
#include <limits>
#include <map>
#include <memory_resource>

namespace lts::search {

/// The lower left border of points in a plane, as steps that fall to the right. A balanced tree:
/// each call takes logarithmic time, averaged over the points that it drops.
class Staircase {
 public:
  /// `memory` outlives the staircase and gets nothing back before it is gone.
  explicit Staircase(std::pmr::memory_resource* memory) : steps_(memory) {}

  /// Whether a point already added is <= (x, y) in both coordinates.
  bool covers(double x, double y) const {
    const auto after = steps_.upper_bound(x);
    return after != steps_.begin() && std::prev(after)->second <= y;
  }

  /// Adds a point that nothing covers and drops those that it covers.
  void add(double x, double y) {
    add(x, y, [](double, double, double) {});
  }

  /// The same; calls `strip(left, right, top)` for each upright strip of what the point dominates
  /// and the others do not; its bottom is y. An open right or top side is infinite.
  template <typename Strip>
  void add(double x, double y, Strip strip) {
    auto after = steps_.upper_bound(x);
    double left = x, top = after == steps_.begin() ? kOpen : std::prev(after)->second;
    for (; after != steps_.end() && after->second >= y; after = steps_.erase(after)) {
      strip(left, after->first, top);
      left = after->first;
      top = after->second;
    }
    strip(left, after == steps_.end() ? kOpen : after->first, top);
    if (after != steps_.begin() && std::prev(after)->first == x) {
      std::prev(after)->second = y;
    } else {
      steps_.emplace_hint(after, x, y);
    }
  }

 private:
  static constexpr double kOpen = std::numeric_limits<double>::infinity();

  std::pmr::map<double, double> steps_;  ///< y by x
};

}  // namespace lts::search

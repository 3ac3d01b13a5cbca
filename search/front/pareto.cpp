#include "search/front/pareto.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <memory_resource>

#include "search/front/flat_point.h"
#include "search/front/staircase.h"

namespace lts::search {
namespace {

constexpr std::size_t kFlatDimensions = 3;

/// A point of any number of coordinates, ordered and compared as FlatPoint is.
struct LongPoint {
  const Point* point;
  std::size_t index;

  bool operator<(const LongPoint& other) const {
    if (*point != *other.point) return *point < *other.point;
    return index < other.index;
  }
  bool same_place(const LongPoint& other) const { return *point == *other.point; }
};

/// Points of one front, seen in lexicographic order, that are asked whether one of them is <= a
/// later point. Of up to three coordinates the first is in order, so two are left.
class FlatFront {
 public:
  using Member = FlatPoint;
  explicit FlatFront(std::pmr::memory_resource* memory) : border_(memory) {}

  bool covers(const FlatPoint& point) const { return border_.covers(point.y, point.z); }
  void add(const FlatPoint& point) { border_.add(point.y, point.z); }

 private:
  Staircase border_;
};

class LongFront {
 public:
  using Member = LongPoint;
  explicit LongFront(std::pmr::memory_resource* memory) : points_(memory) {}

  bool covers(const LongPoint& point) const {
    return std::ranges::any_of(
        points_, [&](const Point* other) { return search::covers(*other, *point.point); });
  }
  void add(const LongPoint& point) { points_.push_back(point.point); }

 private:
  std::pmr::vector<const Point*> points_;
};

std::vector<LongPoint> long_points(std::span<const Point> points) {
  std::vector<LongPoint> out;
  for (const Point& point : points) out.push_back({&point, out.size()});
  return out;
}

bool flat(std::span<const Point> points) {
  return points.empty() || points.front().size() <= kFlatDimensions;
}

template <typename Front>
std::vector<std::size_t> first_front(std::vector<typename Front::Member> points, Ties ties) {
  std::ranges::sort(points, std::less<>());
  std::pmr::monotonic_buffer_resource memory;
  Front front(&memory);
  std::vector<std::size_t> indices;
  const typename Front::Member* last = nullptr;
  for (const auto& point : points) {
    if (last && point.same_place(*last)) {
      if (ties == Ties::kKeepAll) indices.push_back(point.index);
    } else if (!front.covers(point)) {
      front.add(point);
      indices.push_back(point.index);
      last = &point;
    }
  }
  return indices;
}

template <typename Front>
std::vector<std::size_t> ranks_of(std::vector<typename Front::Member> points) {
  std::ranges::sort(points, std::less<>());
  std::pmr::monotonic_buffer_resource memory;
  std::deque<Front> fronts;
  std::vector<std::size_t> ranks(points.size());
  const typename Front::Member* last = nullptr;
  for (const auto& point : points) {
    if (last && point.same_place(*last)) {
      ranks[point.index] = ranks[last->index];
      continue;
    }
    last = &point;
    // A front covers whatever the fronts behind it cover.
    const auto home = std::ranges::partition_point(
        fronts, [&](const Front& front) { return front.covers(point); });
    ranks[point.index] = static_cast<std::size_t>(home - fronts.begin());
    if (home == fronts.end()) fronts.emplace_back(&memory);
    fronts[ranks[point.index]].add(point);
  }
  return ranks;
}

}  // namespace

bool covers(const Point& a, const Point& b) {
  return std::ranges::equal(a, b, std::less_equal<>());
}

bool covers_beside(const Point& a, const Point& b, std::size_t axis) {
  for (std::size_t o = 0; o < b.size(); ++o) {
    if (o != axis && a[o] > b[o]) return false;
  }
  return true;
}

std::vector<std::size_t> pareto_front(std::span<const Point> points, Ties ties) {
  if (!flat(points)) return first_front<LongFront>(long_points(points), ties);
  std::vector<FlatPoint> left = flat_points(points);
  drop_dominated_by_one(left);
  return first_front<FlatFront>(std::move(left), ties);
}

std::vector<std::size_t> pareto_ranks(std::span<const Point> points) {
  return flat(points) ? ranks_of<FlatFront>(flat_points(points))
                      : ranks_of<LongFront>(long_points(points));
}

}  // namespace lts::search

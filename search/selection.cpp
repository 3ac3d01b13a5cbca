#include "search/selection.h"

#include <algorithm>
#include <numeric>

namespace lts::search {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

std::vector<std::size_t> indices_up_to(std::size_t count) {
  std::vector<std::size_t> indices(count);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  return indices;
}

/// Adds what one objective contributes.
void add_distances(std::span<const Point> front, std::size_t objective,
                   std::vector<double>& distances) {
  std::vector<std::size_t> order = indices_up_to(front.size());
  const auto value = [&](std::size_t index) { return front[index][objective]; };
  std::ranges::stable_sort(order, {}, value);
  const double width = value(order.back()) - value(order.front());
  if (width == 0) return;
  distances[order.front()] = distances[order.back()] = kInfinite;
  for (std::size_t i = 1; i + 1 < order.size(); ++i) {
    distances[order[i]] += (value(order[i + 1]) - value(order[i - 1])) / width;
  }
}

}  // namespace

std::vector<double> crowding_distances(std::span<const Point> front) {
  std::vector<double> distances(front.size(), 0);
  for (std::size_t o = 0; !front.empty() && o < front.front().size(); ++o) {
    add_distances(front, o, distances);
  }
  return distances;
}

std::vector<Standing> standings(std::span<const Point> points) {
  const std::vector<std::size_t> ranks = pareto_ranks(points);
  std::vector<std::size_t> order = indices_up_to(points.size());
  std::ranges::stable_sort(order, {}, [&](std::size_t index) { return ranks[index]; });
  std::vector<Standing> out(points.size());
  for (auto begin = order.begin(); begin != order.end();) {
    const auto end = std::find_if(begin, order.end(),
                                  [&](std::size_t index) { return ranks[index] != ranks[*begin]; });
    std::vector<Point> front;
    for (auto at = begin; at != end; ++at) front.push_back(points[*at]);
    const std::vector<double> crowding = crowding_distances(front);
    for (auto at = begin; at != end; ++at) {
      out[*at] = {ranks[*at], crowding[static_cast<std::size_t>(at - begin)]};
    }
    begin = end;
  }
  return out;
}

bool beats(const Standing& a, const Standing& b) {
  return a.rank != b.rank ? a.rank < b.rank : a.crowding > b.crowding;
}

std::vector<std::size_t> best_of(std::span<const Standing> standings, std::size_t count) {
  std::vector<std::size_t> order = indices_up_to(standings.size());
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return beats(standings[a], standings[b]); });
  order.resize(std::min(count, order.size()));
  return order;
}

}  // namespace lts::search

#include "search/compare/history.h"

#include <algorithm>
#include <iterator>

#include "search/bounds.h"

namespace lts::search {
bool HypervolumeHistory::enters_front(const Point& point) {
  if (std::ranges::any_of(front_, [&](const Point& other) { return covers(other, point); })) {
    return false;
  }
  std::erase_if(front_, [&](const Point& other) { return covers(point, other); });
  front_.push_back(point);
  return true;
}

void HypervolumeHistory::add(double elapsed_s, const std::optional<Point>& scaled_losses) {
  double volume = points_.empty() ? 0 : points_.back().hypervolume;
  if (scaled_losses && enters_front(*scaled_losses)) volume = hypervolume(front_);
  points_.push_back(
      {.evaluated = points_.size() + 1, .elapsed_s = elapsed_s, .hypervolume = volume});
}

std::vector<HistoryPoint> hypervolume_history(const Archive& archive,
                                              const std::map<std::string, Bounds>& bounds) {
  HypervolumeHistory history;
  for (const Evaluation& evaluation : archive.evaluations()) {
    std::optional<Point> point;
    if (evaluation.status == Status::kOk) point = scaled_losses(archive, evaluation, bounds);
    history.add(evaluation.elapsed_s, point);
  }
  return history.points();
}

double hypervolume_after(std::span<const HistoryPoint> history, std::size_t evaluations) {
  const std::size_t count = std::min(evaluations, history.size());
  return count == 0 ? 0 : history[count - 1].hypervolume;
}

double hypervolume_at(std::span<const HistoryPoint> history, double seconds) {
  const auto later =
      std::ranges::upper_bound(history, seconds, {}, [](const auto& p) { return p.elapsed_s; });
  return later == history.begin() ? 0 : std::prev(later)->hypervolume;
}

}  // namespace lts::search

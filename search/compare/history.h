#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "search/archive.h"
#include "search/front/hypervolume.h"

namespace lts::search {

/// What a run had come to after some of its evaluations.
struct HistoryPoint {
  std::size_t evaluated = 0;  ///< from 1
  double elapsed_s = 0;       ///< since the run began
  double hypervolume = 0;     ///< of the front of all evaluations so far
};

/// The hypervolume over evaluations and seconds, kept while they come in. Only a point that nothing
/// earlier dominates costs anything: the hypervolume of the front that it then is on.
class HypervolumeHistory {
 public:
  /// The next evaluation: its losses between the run's bounds (scaled_loss each), or nothing where
  /// it has no place on the front.
  void add(double elapsed_s, const std::optional<Point>& scaled_losses);

  /// One point per evaluation, in order.
  const std::vector<HistoryPoint>& points() const { return points_; }

 private:
  bool enters_front(const Point& point);

  std::vector<Point> front_;
  std::vector<HistoryPoint> points_;
};

/// The history of a whole archive; its last hypervolume is hypervolume_of(archive, bounds).
std::vector<HistoryPoint> hypervolume_history(const Archive& archive,
                                              const std::map<std::string, Bounds>& bounds);

/// The hypervolume after the first `evaluations`, or after `seconds`: 0 before the first, the last
/// one where the run had ended by then.
double hypervolume_after(std::span<const HistoryPoint> history, std::size_t evaluations);
double hypervolume_at(std::span<const HistoryPoint> history, double seconds);

}  // namespace lts::search

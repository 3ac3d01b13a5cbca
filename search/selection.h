#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "core/random.h"
#include "search/front/pareto.h"

namespace lts::search {

/// The crowding distance of each of a front's points (Deb et al. 2002, section III-B): over the
/// objectives, the distance between its two neighbours as a share of the front's width; infinite at
/// either end. An objective in which all are equal counts nothing; of equal values the later point
/// is the neighbour above.
///
/// Example: crowding_distances({{0, 4}, {1, 2}, {4, 0}}) is {inf, 2, inf}.
std::vector<double> crowding_distances(std::span<const Point> front);

/// How good a point is among others: first its front, then the room around it there.
struct Standing {
  std::size_t rank = 0;  ///< 0 on the first front
  double crowding = std::numeric_limits<double>::infinity();
};

/// The standing of each of the points among them all.
std::vector<Standing> standings(std::span<const Point> points);

/// The crowded-comparison operator of NSGA-II: the lower rank, of equal ranks the larger distance.
bool beats(const Standing& a, const Standing& b);

/// The indices of the best `count` points (all where there are fewer), best first, equal ones by
/// index: the survivors of NSGA-II.
std::vector<std::size_t> best_of(std::span<const Standing> standings, std::size_t count);

/// The winner of a tournament between `draws` members drawn with replacement from [0, num_members):
/// one that none of them beats; of several the first drawn, so each is as likely.
template <typename Beats>
std::size_t tournament(std::size_t num_members, int draws, Beats beats, Rng& rng) {
  const auto bound = static_cast<std::uint32_t>(num_members);
  std::size_t winner = rng.below(bound);
  for (int i = 1; i < draws; ++i) {
    const std::size_t drawn = rng.below(bound);
    if (beats(drawn, winner)) winner = drawn;
  }
  return winner;
}

}  // namespace lts::search

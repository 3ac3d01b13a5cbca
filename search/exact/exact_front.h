#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "predictor/objective.h"
#include "search/member_table.h"
#include "space/search_space.h"

namespace lts::search {

/// The exact front of a space over free objectives, and members among which it is.
struct ExactFront {
  MemberTable members{};
  std::vector<std::size_t> front{};  ///< into members, in the order of pareto_front
  /// Whether `members` are all that meet the constraints, and all of equal points are on the front;
  /// else the front was merged (layer_merge.h) and has one member a point.
  bool enumerated = true;

  /// The losses of the front's members.
  std::vector<Point> points() const;
};

/// Why exact_front has none, or nothing; of an objective that is not free too, which users are told
/// by who asks.
std::optional<std::string> exact_front_refuses(const space::SearchSpace& space,
                                               std::span<const predictor::Objective> objectives);

/// Nothing where it is too large to merge. \throws Error kStopped on a signal. Precondition:
/// !exact_front_refuses(space, objectives).
std::optional<ExactFront> exact_front(const space::SearchSpace& space,
                                      std::span<const predictor::Objective> objectives);

}  // namespace lts::search

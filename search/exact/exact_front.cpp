#include "search/exact/exact_front.h"

#include <algorithm>

#include "core/error.h"
#include "search/exact/layer_merge.h"

namespace lts::search {

std::vector<Point> ExactFront::points() const {
  std::vector<Point> out;
  for (const std::size_t member : front) out.push_back(members.losses[member]);
  return out;
}

std::optional<std::string> exact_front_refuses(const space::SearchSpace& space,
                                               std::span<const predictor::Objective> objectives) {
  for (const predictor::Objective& objective : objectives) {
    if (!objective.free()) return "objective '" + objective.name + "' is not free";
  }
  if (space.size() <= kMostEnumerated) return std::nullopt;
  return merge_refuses(space, objectives);
}

std::optional<ExactFront> exact_front(const space::SearchSpace& space,
                                      std::span<const predictor::Objective> objectives) {
  LTS_ASSERT(!exact_front_refuses(space, objectives));
  ExactFront out{.enumerated = space.size() <= kMostEnumerated};
  if (out.enumerated) {
    out.members = member_table(space, objectives);
  } else {
    const auto merged = merged_members(space, objectives);
    if (!merged) return std::nullopt;
    out.members = member_table(space, objectives, *merged);
  }
  out.front = pareto_front(out.members.losses, out.enumerated ? Ties::kKeepAll : Ties::kKeepFirst);
  return out;
}

}  // namespace lts::search

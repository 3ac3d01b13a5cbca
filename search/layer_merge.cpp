#include "search/layer_merge.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <utility>

#include "core/text.h"
#include "search/member_table.h"
#include "search/value_grid.h"

namespace lts::search {
namespace {

using predictor::Objective;

/// What each layer adds, by layer and option; the first layer also what all members share.
std::vector<std::vector<Point>> layer_points(const LayerParts& parts) {
  std::vector<std::vector<Point>> out;
  std::vector<Point> all;
  for (const auto& changes : parts.changes) {
    out.emplace_back();
    for (Point change : changes) {
      if (out.size() == 1)
        std::ranges::transform(change, parts.first, change.begin(), std::plus<>());
      all.push_back(change);
      out.back().push_back(std::move(change));
    }
  }
  const ValueGrid grid(all);
  for (auto& options : out) {
    for (Point& point : options) point = grid.rounded(std::move(point));
  }
  return out;
}

double smallest_sum(const std::vector<std::vector<Point>>& layers, std::size_t axis) {
  double sum = 0;
  for (const auto& options : layers) {
    sum += std::ranges::min_element(options, {}, [&](const Point& p) { return p[axis]; })->at(axis);
  }
  return sum;
}

/// The axes on which a constraint refuses losses that are too small. There what is worse may be on
/// the front because all that is better is refused, so a choice gives way to equal ones only.
std::vector<std::size_t> refused_axes(const std::vector<std::vector<Point>>& layers,
                                      std::span<const Objective> objectives) {
  std::vector<std::size_t> out;
  for (std::size_t o = 0; o < objectives.size(); ++o) {
    const Objective& objective = objectives[o];
    const bool minimized = objective.direction == predictor::Direction::kMinimize;
    const auto& bound = minimized ? objective.constraint.min : objective.constraint.max;
    if (bound && smallest_sum(layers, o) < objective.loss(*bound)) out.push_back(o);
  }
  return out;
}

/// The front of the points, among those that are equal on the `refused` axes.
std::vector<std::size_t> front_beside(const std::vector<Point>& points,
                                      const std::vector<std::size_t>& refused) {
  if (refused.empty()) return pareto_front(points, Ties::kKeepFirst);
  std::map<Point, std::vector<std::size_t>> groups;
  for (std::size_t p = 0; p < points.size(); ++p) {
    Point key;
    for (const std::size_t axis : refused) key.push_back(points[p][axis]);
    groups[std::move(key)].push_back(p);
  }
  std::vector<std::size_t> out;
  for (const auto& [key, members] : groups) {
    std::vector<Point> group;
    for (const std::size_t member : members) group.push_back(points[member]);
    for (const std::size_t kept : pareto_front(group, Ties::kKeepFirst)) {
      out.push_back(members[kept]);
    }
  }
  return out;
}

/// A choice of the layers up to one of them.
struct Partial {
  std::size_t before = 0;  ///< of the layers before it: its position among theirs
  std::size_t option = 0;  ///< of the last of them
};

/// The front of what one more layer makes of the sums; `sums` becomes its points.
std::vector<Partial> extend(std::vector<Point>& sums, const std::vector<Point>& options,
                            const std::vector<std::size_t>& refused) {
  const std::vector<std::size_t> useful = front_beside(options, refused);
  std::vector<Point> longer;
  std::vector<Partial> partials;
  longer.reserve(sums.size() * useful.size());
  for (std::size_t s = 0; s < sums.size(); ++s) {
    for (const std::size_t option : useful) {
      Point sum = sums[s];
      for (std::size_t a = 0; a < sum.size(); ++a) sum[a] += options[option][a];
      longer.push_back(std::move(sum));
      partials.push_back({.before = s, .option = option});
    }
  }
  std::vector<Partial> kept;
  sums.clear();
  for (const std::size_t index : front_beside(longer, refused)) {
    sums.push_back(std::move(longer[index]));
    kept.push_back(partials[index]);
  }
  return kept;
}

LayerChoices trace_back(const std::vector<std::vector<Partial>>& stages, std::size_t last) {
  LayerChoices out(stages.size());
  for (std::size_t layer = stages.size(); layer-- > 0;) {
    const Partial& partial = stages[layer][last];
    out[layer] = partial.option;
    last = partial.before;
  }
  return out;
}

/// One choice of layers for each point that no other choice dominates.
std::vector<LayerChoices> merged_choices(const LayerParts& parts,
                                         std::span<const Objective> objectives) {
  const auto layers = layer_points(parts);
  const auto refused = refused_axes(layers, objectives);
  std::vector<Point> sums = {Point(layers.front().front().size(), 0.0)};
  std::vector<std::vector<Partial>> stages;
  for (const auto& options : layers) stages.push_back(extend(sums, options, refused));
  std::vector<LayerChoices> out;
  for (std::size_t s = 0; s < sums.size(); ++s) out.push_back(trace_back(stages, s));
  return out;
}

}  // namespace

std::optional<std::string> merge_refuses(const space::SearchSpace& space,
                                         std::span<const Objective> objectives) {
  const std::string too_many = "the space has " + short_number(space.size()) +
                               " combinations, more than the " + short_number(kMostEnumerated) +
                               " that algorithm exact enumerates; ";
  const auto shape = [](const space::GeneRange& range) { return range.shape; };
  if (std::ranges::count(space.ranges(), space::GeneShape::kPerLayer, shape) == 0) {
    return too_many + "larger ones need genes that each layer draws (per_layer: true)";
  }
  if (space.uniform().size() > kMostEnumerated) {
    return too_many + "with all layers alike it has " + short_number(space.uniform().size()) +
           ", still more";
  }
  for (const Objective& objective : objectives) {
    if (objective.free() && objective.evaluator->adds_over_layers(space.family())) continue;
    return too_many + "of larger ones it merges the layers' fronts, and objective '" +
           objective.name + "' is not a sum over layers (a closed form or layer_cost that is)";
  }
  return std::nullopt;
}

std::vector<space::Architecture> merged_members(const space::SearchSpace& space,
                                                std::span<const Objective> objectives) {
  const std::vector<LayerParts> parts = layer_parts(space, objectives);
  std::vector<std::vector<space::Architecture>> found(parts.size());
  tbb::parallel_for(std::size_t{0}, parts.size(), [&](std::size_t p) {
    for (const LayerChoices& choices : merged_choices(parts[p], objectives)) {
      found[p].push_back(parts[p].member(choices));
    }
  });
  std::vector<space::Architecture> out;
  for (auto& members : found) std::ranges::move(members, std::back_inserter(out));
  return out;
}

}  // namespace lts::search

#include "search/exact/layer_merge.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>
#include <utility>

#include "core/interrupt.h"
#include "core/text.h"
#include "search/exact/value_grid.h"
#include "search/member_table.h"
#include "space/family.h"

namespace lts::search {
namespace {

using predictor::Objective;

/// So many sums of layers are held at once, some hundred MB; a front of more is given up.
constexpr std::size_t kMostSums = 3'000'000;

using Layers = std::vector<std::vector<Point>>;

/// What each layer adds, by layer and option; the first layer also what all members share.
Layers layer_points(const LayerParts& parts) {
  Layers out;
  for (const auto& changes : parts.changes) {
    out.emplace_back();
    for (Point change : changes) {
      if (out.size() == 1)
        std::ranges::transform(change, parts.first, change.begin(), std::plus<>());
      out.back().push_back(std::move(change));
    }
  }
  return out;
}

/// Puts all that layers add on one grid.
ValueGrid round_all(Layers& layers) {
  std::vector<Point> all;
  for (const auto& options : layers) all.insert(all.end(), options.begin(), options.end());
  ValueGrid grid(all);
  for (auto& options : layers) {
    for (Point& point : options) point = grid.rounded(std::move(point));
  }
  return grid;
}

/// A constraint that refuses losses that are too small: there what is worse may be on the front
/// because all that is better is refused.
struct Refusal {
  std::size_t axis = 0;
  double bound = 0;
  double slack = 0;  ///< of sums on the grid
  /// By layer: the least and the most that the layers after it add.
  std::vector<double> least_after{}, most_after{};

  /// Whether nothing that begins with this sum is refused.
  bool admits_all(const Point& sum, std::size_t layer) const {
    return sum[axis] + least_after[layer] >= bound + slack;
  }
  bool admits_none(const Point& sum, std::size_t layer) const {
    return sum[axis] + most_after[layer] < bound - slack;
  }
};

Refusal refusal_on(std::size_t axis, double bound, const Layers& layers, double slack) {
  Refusal out{.axis = axis, .bound = bound, .slack = slack};
  out.least_after.assign(layers.size(), 0);
  out.most_after.assign(layers.size(), 0);
  for (std::size_t layer = layers.size() - 1; layer > 0; --layer) {
    const auto [least, most] =
        std::ranges::minmax(layers[layer], {}, [axis](const Point& point) { return point[axis]; });
    out.least_after[layer - 1] = out.least_after[layer] + least[axis];
    out.most_after[layer - 1] = out.most_after[layer] + most[axis];
  }
  return out;
}

std::vector<Refusal> refusals(const Layers& layers, std::span<const Objective> objectives,
                              const ValueGrid& grid) {
  std::vector<Refusal> out;
  for (std::size_t o = 0; o < objectives.size(); ++o) {
    const Objective& objective = objectives[o];
    const bool minimized = objective.direction == predictor::Direction::kMinimize;
    const auto& bound = minimized ? objective.constraint.min : objective.constraint.max;
    if (!bound) continue;
    const double slack = grid.step(o) * static_cast<double>(layers.size() + 1);
    out.push_back(refusal_on(o, objective.loss(*bound), layers, slack));
  }
  return out;
}

/// The front of the points. Those of which a constraint may still refuse a continuation give way
/// to equal ones (on the constraint's axis) alone; those that it always refuses are left out.
std::vector<std::size_t> front_beside(const std::vector<Point>& points, std::size_t layer,
                                      const std::vector<Refusal>& refusals) {
  if (refusals.empty()) return pareto_front(points, Ties::kKeepFirst);
  std::map<Point, std::vector<std::size_t>> groups;  // the empty key: nothing is refused
  for (std::size_t p = 0; p < points.size(); ++p) {
    const Point& sum = points[p];
    const auto admits_all = [&](const Refusal& r) { return r.admits_all(sum, layer); };
    const auto admits_none = [&](const Refusal& r) { return r.admits_none(sum, layer); };
    if (std::ranges::any_of(refusals, admits_none)) continue;
    Point key;
    if (!std::ranges::all_of(refusals, admits_all)) {
      for (const Refusal& refusal : refusals) key.push_back(sum[refusal.axis]);
    }
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

/// The front of what one more layer makes of the sums; `sums` becomes its points. Nothing where it
/// would hold more than kMostSums on the way.
std::optional<std::vector<Partial>> extend(std::vector<Point>& sums, const Layers& layers,
                                           std::size_t layer,
                                           const std::vector<Refusal>& refusals) {
  const std::vector<Point>& options = layers[layer];
  std::vector<std::size_t> useful(options.size());
  std::iota(useful.begin(), useful.end(), std::size_t{0});
  if (refusals.empty()) useful = pareto_front(options, Ties::kKeepFirst);
  if (sums.size() * useful.size() > kMostSums) return std::nullopt;
  std::vector<Point> longer;
  std::vector<Partial> partials;
  longer.reserve(sums.size() * useful.size());
  for (std::size_t s = 0; s < sums.size(); ++s) {
    throw_if_interrupted("the exact front was not finished");
    for (const std::size_t option : useful) {
      Point sum = sums[s];
      for (std::size_t a = 0; a < sum.size(); ++a) sum[a] += options[option][a];
      longer.push_back(std::move(sum));
      partials.push_back({.before = s, .option = option});
    }
  }
  std::vector<Partial> kept;
  sums.clear();
  for (const std::size_t index : front_beside(longer, layer, refusals)) {
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
std::optional<std::vector<LayerChoices>> merged_choices(const LayerParts& parts,
                                                        std::span<const Objective> objectives) {
  Layers layers = layer_points(parts);
  const ValueGrid grid = round_all(layers);
  const auto refused = refusals(layers, objectives, grid);
  std::vector<Point> sums = {Point(objectives.size(), 0.0)};
  std::vector<std::vector<Partial>> stages;
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    auto stage = extend(sums, layers, layer, refused);
    if (!stage) return std::nullopt;
    stages.push_back(std::move(*stage));
  }
  std::vector<LayerChoices> out;
  for (std::size_t s = 0; s < sums.size(); ++s) out.push_back(trace_back(stages, s));
  return out;
}

/// "gpt2_flex": the families whose layers may differ.
std::string layered_families() {
  std::vector<std::string> names;
  for (const space::Family* family : space::families()) {
    const auto shape = [](const space::GeneSpec& spec) { return spec.shape; };
    if (std::ranges::count(family->genes(), space::GeneShape::kPerLayer, shape) > 0)
      names.emplace_back(family->name());
  }
  return join(names, " or ");
}

}  // namespace

std::optional<std::string> merge_refuses(const space::SearchSpace& space,
                                         std::span<const Objective> objectives) {
  const std::string too_many = "the space has " + short_number(space.size()) +
                               " combinations, more than the " + short_number(kMostEnumerated) +
                               " that algorithm exact enumerates; ";
  const auto shape = [](const space::GeneRange& range) { return range.shape; };
  if (std::ranges::count(space.ranges(), space::GeneShape::kPerLayer, shape) == 0) {
    return too_many +
           "larger ones need genes that each layer draws (family: " + layered_families() +
           ", per_layer: true)";
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

std::optional<std::vector<space::Architecture>> merged_members(
    const space::SearchSpace& space, std::span<const Objective> objectives) {
  const std::vector<LayerParts> parts = layer_parts(space, objectives);
  std::vector<std::vector<space::Architecture>> found(parts.size());
  std::atomic<bool> too_many = false;
  tbb::parallel_for(std::size_t{0}, parts.size(), [&](std::size_t p) {
    if (too_many) return;
    const auto merged = merged_choices(parts[p], objectives);
    if (!merged) {
      too_many = true;
      return;
    }
    for (const LayerChoices& choices : *merged) found[p].push_back(parts[p].member(choices));
  });
  if (too_many) return std::nullopt;
  std::vector<space::Architecture> out;
  for (auto& members : found) std::ranges::move(members, std::back_inserter(out));
  return out;
}

}  // namespace lts::search

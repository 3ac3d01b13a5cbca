#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "predictor/objective.h"
#include "search/front/pareto.h"
#include "space/search_space.h"

namespace lts::search {

/// An option for each layer: positions in LayerParts::options.
using LayerChoices = std::vector<std::size_t>;

/// Members of a space that differ in their layers' genes alone, and what each layer adds to their
/// values.
struct LayerParts {
  /// What a layer may be, as the member all of whose layers are so.
  std::vector<space::Architecture> options{};
  /// The loss in each objective of the member whose every layer is the first option.
  Point first{};
  /// By layer and option: what the losses change by when that layer takes the option instead.
  std::vector<std::vector<Point>> changes{};

  std::size_t n_layer() const { return changes.size(); }
  /// The member with these layers.
  space::Architecture member(const LayerChoices& choices) const;
};

/// The space, cut into such parts; every member with a value is in one of them, but for members
/// near the families' limit on parameters, the one flaw that is not a single layer's. Options
/// without a flaw and of which no objective fails. Precondition: all objectives are free and add
/// over layers (Evaluator::adds_over_layers).
std::vector<LayerParts> layer_parts(const space::SearchSpace& space,
                                    std::span<const predictor::Objective> objectives);

}  // namespace lts::search

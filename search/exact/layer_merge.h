#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "predictor/objective.h"
#include "search/exact/layer_parts.h"
#include "space/search_space.h"

namespace lts::search {

/// Why the exact front of a space that is too large to enumerate cannot be merged, or nothing.
std::optional<std::string> merge_refuses(const space::SearchSpace& space,
                                         std::span<const predictor::Objective> objectives);

/// Members among which there is one for each point of the exact front, merged layer by layer: what
/// is dominated among the first k layers is so whatever follows (Bellman's principle for vectors;
/// Brown and Strauch 1965). Sums are compared on a ValueGrid, so of members that differ by rounding
/// alone one is among them: where a bound lies between the two, perhaps the one beyond it. Where a
/// constraint refuses losses that are too small, the best that it admits are among them too.
/// Nothing where millions of sums of layers would have to be held. \throws Error kStopped on a
/// signal. Precondition: !merge_refuses(space, objectives).
std::optional<std::vector<space::Architecture>> merged_members(
    const space::SearchSpace& space, std::span<const predictor::Objective> objectives);

}  // namespace lts::search

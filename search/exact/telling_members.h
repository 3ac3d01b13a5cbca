#pragma once

#include <cstdint>
#include <vector>

#include "search/exact/front_beliefs.h"

namespace lts::search {

/// Up to `count` members that are not measured yet, those first whose measurement is expected to
/// narrow the run's shortfall most: over some possible truths the mean of how much better a member
/// of the true front is, in the measured objective, than every measured one that is as good in the
/// others, in each as if the ones chosen before it were measured. Fewer, or none, where in no truth
/// anything is missing. `first_truth`: the number of the first truth.
std::vector<std::size_t> telling_members(const FrontBeliefs& beliefs, std::size_t count,
                                         std::uint64_t first_truth);

}  // namespace lts::search

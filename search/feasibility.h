#pragma once

#include <span>

#include "core/error.h"
#include "predictor/objective.h"
#include "space/search_space.h"

namespace lts::search {

/// Whether an architecture within the ranges of the space is a member that meets the constraints on
/// free objectives. Costs nothing; thread-safe.
bool admits(const space::SearchSpace& space, std::span<const predictor::Objective> objectives,
            const space::Architecture& architecture);

/// Refuses constraints on free objectives that no member meets, before anything is measured. Looks
/// at every member of a space of up to 10^6 combinations, else at those whose layers are all alike
/// (where they are no more) and at 20,000 random ones. \throws Error kUser at `place`: how many of
/// how many candidates fail which bound.
void refuse_unmeetable(const space::SearchSpace& space,
                       std::span<const predictor::Objective> objectives, const Place& place);

}  // namespace lts::search

#pragma once

#include <vector>

#include "core/random.h"
#include "space/search_space.h"

namespace lts::space {

/// The combinations one step away: one gene (of a gene that each layer draws, the entry of one
/// layer) takes the value before or after its own in the list of its range. A layer that is added
/// begins as a copy of the last one. In the order of the genes, the value before first. They may
/// have flaws (SearchSpace::flaw).
///
/// Example: with n_layer [1, 2, 4] and d_model [64, 128] the neighbours of (2, 64) are (1, 64),
/// (4, 64) and (2, 128). Precondition: `member` is of the space.
std::vector<Genome> neighbours(const SearchSpace& space, const Architecture& member);

/// The parent with one shown entry, drawn evenly, set to another value of its range, drawn evenly;
/// the parent itself where no range has two values. The result may have a flaw.
Genome mutate_one_gene(const SearchSpace& space, Genome parent, Rng& rng);

}  // namespace lts::space

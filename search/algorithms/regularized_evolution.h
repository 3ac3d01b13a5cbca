#pragma once

#include <memory>

#include "core/config_reader.h"
#include "search/searcher.h"

namespace lts::search {

struct RegularizedEvolutionOptions {
  int initial_models = 100;   ///< size of the first, random population
  int population_size = 100;  ///< the youngest so many can be parents; the older have died
  int sample_size = 25;       ///< drawn for each tournament
  int children = 20;          ///< of an iteration
};

/// Reads the options from the `search:` map and writes them, resolved, into `resolved`.
RegularizedEvolutionOptions read_regularized_evolution_options(MapReader& reader,
                                                               nlohmann::ordered_json& resolved);

/// Regularized (aging) evolution (Real et al. 2019): each child is the best of a random sample of
/// the population with one gene changed. With several objectives the best is one on the lowest
/// front of the population that the sample meets. Children come in batches of an iteration, as with
/// the paper's parallel workers. A failed or infeasible candidate is no parent. Where 30 children
/// of drawn parents have all been seen, a random member takes the place.
std::unique_ptr<Searcher> make_regularized_evolution(const Problem& problem,
                                                     const RegularizedEvolutionOptions& options);

}  // namespace lts::search

#pragma once

#include <memory>

#include "core/config_reader.h"
#include "search/searcher.h"

namespace lts::search {

struct EvolutionOptions {
  int initial_models = 10;            ///< size of the first, random population
  int random_mix = 5;                 ///< random members of each later population
  int max_unseen = 100;               ///< a population is shuffled and cut to this
  int mutations_per_parent = 1;       ///< accepted mutants of each member of the front
  int crossovers = 5;                 ///< pairs crossed per iteration
  double mutation_probability = 0.3;  ///< per gene
};

/// Reads the options from the `search:` map and writes them, resolved, into `resolved`.
EvolutionOptions read_evolution_options(MapReader& reader, nlohmann::ordered_json& resolved);

/// Archai's EvolutionParetoSearch (reference/archai.md 2.6): every member of the front is a parent.
/// With Ids::kReference the populations and both random streams equal the reference's bit for bit.
/// With Ids::kCanonical no architecture is proposed twice, and rare members are found by
/// enumeration where drawing does not meet them.
std::unique_ptr<Searcher> make_evolution_pareto(const Problem& problem,
                                                const EvolutionOptions& options);

}  // namespace lts::search

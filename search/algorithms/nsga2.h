#pragma once

#include <memory>
#include <optional>

#include "core/config_reader.h"
#include "search/searcher.h"

namespace lts::search {

struct Nsga2Options {
  int population_size = 100;                     ///< parents kept, and children of an iteration
  double crossover_probability = 0.9;            ///< else a child is a copy of its first parent
  std::optional<double> mutation_probability{};  ///< per gene; absent: one gene of the child's
};

/// Reads the options from the `search:` map and writes them, resolved, into `resolved`.
Nsga2Options read_nsga2_options(MapReader& reader, nlohmann::ordered_json& resolved);

/// NSGA-II (Deb et al. 2002): the best of parents and children by rank and crowding distance are
/// the next parents; binary tournaments choose who is crossed and mutated. The genes are not
/// numbers but choices, so the operators are the space's: each gene is one parent's, and may be
/// drawn anew. A failed or infeasible candidate is no parent. Where 30 children of drawn parents
/// have all been seen, a random member takes the place.
std::unique_ptr<Searcher> make_nsga2(const Problem& problem, const Nsga2Options& options);

}  // namespace lts::search

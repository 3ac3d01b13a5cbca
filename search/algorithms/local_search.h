#pragma once

#include <memory>

#include "core/config_reader.h"
#include "search/searcher.h"

namespace lts::search {

struct LocalSearchOptions {
  int initial_models = 10;     ///< size of the first, random population, and of each restart
  double neighbour_share = 1;  ///< of each front member's neighbours, at most so many at a time
  /// A population is shuffled and cut to this: fewer at a time take more steps for as many
  /// evaluations.
  int max_unseen = 20;
};

/// Reads the options from the `search:` map and writes them, resolved, into `resolved`.
LocalSearchOptions read_local_search_options(MapReader& reader, nlohmann::ordered_json& resolved);

/// Pareto local search (Paquete et al. 2004; White et al. 2021 for architectures): the neighbours
/// (space/neighbours.h) of every member of the front. Where all have been seen it begins again from
/// random members, so that it ends only when no member is left.
std::unique_ptr<Searcher> make_local_search(const Problem& problem,
                                            const LocalSearchOptions& options);

}  // namespace lts::search

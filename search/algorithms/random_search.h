#pragma once

#include <memory>

#include "core/config_reader.h"
#include "search/searcher.h"

namespace lts::search {

struct RandomOptions {
  int samples_per_iteration = 10;
};

/// Reads the options from the `search:` map and writes them, resolved, into `resolved`.
RandomOptions read_random_options(MapReader& reader, nlohmann::ordered_json& resolved);

/// Random search: unseen members drawn evenly from the space's stream, in an order that the
/// algorithm's stream shuffles. What every other algorithm is compared with (Li and Talwalkar
/// 2019).
std::unique_ptr<Searcher> make_random(const Problem& problem, const RandomOptions& options);

}  // namespace lts::search

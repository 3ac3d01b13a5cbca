#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "search/archive.h"
#include "space/search_space.h"

namespace lts::search {

/// How candidates are named.
enum class Ids {
  kCanonical,  ///< one architecture, one id, one measurement
  kReference,  ///< ids depend on lineage, bit for bit as Archai (reference/archai.md F1)
};

/// What an algorithm searches: the space and the constraints that cost nothing to check.
struct Problem {
  const space::SearchSpace* space;
  /// Whether an architecture has no flaw and meets the constraints on free objectives.
  std::function<bool(const space::Architecture&)> admits;
  Ids ids = Ids::kCanonical;
  std::uint64_t seed = 1;        ///< of the algorithm's stream: crossover pairs, shuffles
  std::uint64_t space_seed = 1;  ///< of the space's stream: samples, mutations, crossovers
  /// Whether other members come first (warm_start.h); with Ids::kReference they are the first
  /// population, and the algorithm draws none.
  bool has_first_population = false;
};

/// A search algorithm by ask and tell: the caller tells by adding to the archive and asks for the
/// next population. Each population is a function of the archive and of the algorithm's own
/// streams, so a run is repeated by asking again with the same archive. Not thread-safe.
class Searcher {
 public:
  virtual ~Searcher() = default;

  /// The next candidates; empty when the algorithm finds no further one. The first call has an
  /// empty archive.
  virtual std::vector<Candidate> ask(const Archive& archive) = 0;

  /// The random streams and counters, to compare a repeated run with the journal.
  virtual nlohmann::json state() const = 0;
};

}  // namespace lts::search

#include "search/seeded_searcher.h"

namespace lts::search {

std::vector<Candidate> SeededSearcher::ask(const Archive& archive) {
  std::vector<Candidate> population = propose(archive);
  for (Candidate& candidate : population) candidate.iteration = iteration_;
  ++iteration_;
  return population;
}

nlohmann::json SeededSearcher::state() const {
  return {{"iteration", iteration_},
          {"space_stream", space_stream_.state()},
          {"algorithm_stream", algorithm_stream_.state()}};
}

}  // namespace lts::search

#pragma once

#include "core/random.h"
#include "search/searcher.h"

namespace lts::search {

/// A searcher with the two random streams of its problem and a count of its iterations, which it
/// writes into the candidates. A subclass says what is proposed next.
class SeededSearcher : public Searcher {
 public:
  explicit SeededSearcher(const Problem& problem)
      : problem_(problem), space_stream_(problem.space_seed), algorithm_stream_(problem.seed) {}

  std::vector<Candidate> ask(const Archive& archive) final;
  nlohmann::json state() const override;

 protected:
  virtual std::vector<Candidate> propose(const Archive& archive) = 0;

  const Problem& problem() const { return problem_; }
  const space::SearchSpace& space() const { return *problem_.space; }
  Rng& space_stream() { return space_stream_; }          ///< samples, mutations, crossovers
  Rng& algorithm_stream() { return algorithm_stream_; }  ///< choice of parents, shuffles
  int iteration() const { return iteration_; }           ///< from 0, of the population proposed now

 private:
  Problem problem_;
  Rng space_stream_, algorithm_stream_;
  int iteration_ = 0;
};

}  // namespace lts::search

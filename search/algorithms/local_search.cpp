#include "search/algorithms/local_search.h"

#include <cmath>

#include "search/algorithms/option_reader.h"
#include "search/population.h"
#include "search/seeded_searcher.h"
#include "space/neighbours.h"

namespace lts::search {
namespace {

// A smaller share is one neighbour at a time, as this is.
constexpr double kLeastShare = 0.001;

class LocalSearch final : public SeededSearcher {
 public:
  LocalSearch(const Problem& problem, const LocalSearchOptions& options)
      : SeededSearcher(problem), options_(options) {}

 private:
  std::vector<Candidate> propose(const Archive& archive) override {
    Population population(problem(), archive);
    for (const std::size_t index : archive.front()) {
      add_neighbours(archive.evaluations()[index].candidate, population);
    }
    if (population.size() == 0) {
      population.draw(static_cast<std::size_t>(options_.initial_models), space_stream());
    } else {
      population.shuffle_and_cut(static_cast<std::size_t>(options_.max_unseen), algorithm_stream());
    }
    return std::move(population).take();
  }

  void add_neighbours(const Candidate& member, Population& population) {
    std::vector<space::Genome> near = space::neighbours(space(), member.architecture);
    algorithm_stream().shuffle(near);
    const double share = options_.neighbour_share * static_cast<double>(near.size());
    const std::size_t most = population.size() + static_cast<std::size_t>(std::ceil(share));
    for (space::Genome& genome : near) {
      if (population.size() == most) return;
      population.add(std::move(genome), member.archid);
    }
  }

  LocalSearchOptions options_;
};

}  // namespace

LocalSearchOptions read_local_search_options(MapReader& reader, nlohmann::ordered_json& resolved) {
  OptionReader read(reader, resolved);
  LocalSearchOptions options;
  options.initial_models = read.count("initial_models", options.initial_models);
  options.neighbour_share =
      read.number("neighbour_share", options.neighbour_share, {.min = kLeastShare, .max = 1});
  options.max_unseen = read.count("max_unseen", options.max_unseen);
  return options;
}

std::unique_ptr<Searcher> make_local_search(const Problem& problem,
                                            const LocalSearchOptions& options) {
  return std::make_unique<LocalSearch>(problem, options);
}

}  // namespace lts::search

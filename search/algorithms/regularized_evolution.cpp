#include "search/algorithms/regularized_evolution.h"

#include <algorithm>

#include "search/algorithms/option_reader.h"
#include "search/population.h"
#include "search/seeded_searcher.h"
#include "search/selection.h"
#include "space/neighbours.h"

namespace lts::search {
namespace {

class RegularizedEvolution final : public SeededSearcher {
 public:
  RegularizedEvolution(const Problem& problem, const RegularizedEvolutionOptions& options)
      : SeededSearcher(problem), options_(options) {}

 private:
  std::vector<Candidate> propose(const Archive& archive) override {
    const int size = iteration() == 0 ? options_.initial_models : options_.children;
    Population population(problem(), archive);
    if (iteration() > 0 && !archive.ok().empty()) breed(archive, population);
    population.fill(static_cast<std::size_t>(size), space_stream());
    return std::move(population).take();
  }

  void breed(const Archive& archive, Population& population) {
    const std::size_t alive =
        std::min(archive.ok().size(), static_cast<std::size_t>(options_.population_size));
    const auto youngest = std::span(archive.ok()).last(alive);
    const std::vector<std::size_t> ranks = pareto_ranks(archive.ok_points().last(alive));
    const auto beats = [&](std::size_t a, std::size_t b) { return ranks[a] < ranks[b]; };
    for (int child = 0; child < options_.children; ++child) {
      for (int tries = 0; tries < kChildPatience; ++tries) {
        const std::size_t winner =
            tournament(alive, options_.sample_size, beats, algorithm_stream());
        const Candidate& parent = archive.evaluations()[youngest[winner]].candidate;
        if (population.add(space::mutate_one_gene(space(), parent.genome, space_stream()),
                           parent.archid)) {
          break;
        }
      }
    }
  }

  RegularizedEvolutionOptions options_;
};

}  // namespace

RegularizedEvolutionOptions read_regularized_evolution_options(MapReader& reader,
                                                               nlohmann::ordered_json& resolved) {
  OptionReader read(reader, resolved);
  RegularizedEvolutionOptions options;
  options.initial_models = read.count("initial_models", options.initial_models);
  options.population_size = read.count("population_size", options.population_size);
  options.sample_size = read.count("sample_size", options.sample_size);
  options.children = read.count("children", options.children);
  return options;
}

std::unique_ptr<Searcher> make_regularized_evolution(const Problem& problem,
                                                     const RegularizedEvolutionOptions& options) {
  return std::make_unique<RegularizedEvolution>(problem, options);
}

}  // namespace lts::search

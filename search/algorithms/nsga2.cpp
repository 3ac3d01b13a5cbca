#include "search/algorithms/nsga2.h"

#include "search/algorithms/option_reader.h"
#include "search/population.h"
#include "search/seeded_searcher.h"
#include "search/selection.h"

namespace lts::search {
namespace {

constexpr int kTournamentDraws = 2;

class Nsga2 final : public SeededSearcher {
 public:
  Nsga2(const Problem& problem, const Nsga2Options& options)
      : SeededSearcher(problem),
        options_(options),
        size_(static_cast<std::size_t>(options.population_size)) {}

  nlohmann::json state() const override {
    nlohmann::json state = SeededSearcher::state();
    state["parents"] = parents_;
    state["told"] = told_;
    return state;
  }

 private:
  std::vector<Candidate> propose(const Archive& archive) override {
    const std::vector<Standing> standings = survive(archive);
    Population population(problem(), archive);
    if (!parents_.empty()) breed(archive, standings, population);
    population.fill(size_, space_stream());
    return std::move(population).take();
  }

  /// Takes what was told since the last call among the parents and keeps the best; their standings
  /// among all that competed.
  std::vector<Standing> survive(const Archive& archive) {
    for (; told_ < archive.ok().size(); ++told_) parents_.push_back(told_);
    std::vector<Point> points;
    for (const std::size_t parent : parents_) points.push_back(archive.ok_points()[parent]);
    const std::vector<Standing> of_all = search::standings(points);
    std::vector<std::size_t> survivors;
    std::vector<Standing> standings;
    for (const std::size_t best : best_of(of_all, size_)) {
      survivors.push_back(parents_[best]);
      standings.push_back(of_all[best]);
    }
    parents_ = std::move(survivors);
    return standings;
  }

  void breed(const Archive& archive, const std::vector<Standing>& standings,
             Population& population) {
    for (std::size_t child = 0; child < size_; ++child) {
      for (int tries = 0; tries < kChildPatience; ++tries) {
        const Candidate& first = winner(archive, standings);
        const Candidate& second = winner(archive, standings);
        if (add_child(first, second, population)) break;
      }
    }
  }

  const Candidate& winner(const Archive& archive, const std::vector<Standing>& standings) {
    const auto beats = [&](std::size_t a, std::size_t b) {
      return search::beats(standings[a], standings[b]);
    };
    const std::size_t won =
        tournament(parents_.size(), kTournamentDraws, beats, algorithm_stream());
    return archive.evaluations()[archive.ok()[parents_[won]]].candidate;
  }

  bool add_child(const Candidate& first, const Candidate& second, Population& population) {
    const bool cross = algorithm_stream().random() < options_.crossover_probability;
    if (!cross || &first == &second) {
      return population.add(mutated(first.genome), first.archid);
    }
    return population.add(mutated(space().crossover(first.genome, second.genome, space_stream())),
                          {}, first.archid + "," + second.archid);
  }

  space::Genome mutated(const space::Genome& genome) {
    const auto genes = static_cast<double>(space().shown(genome).size());
    return space().mutate(genome, options_.mutation_probability.value_or(1 / genes),
                          space_stream());
  }

  Nsga2Options options_;
  std::size_t size_;
  std::vector<std::size_t> parents_;  ///< positions in Archive::ok(), best first
  std::size_t told_ = 0;              ///< members of Archive::ok() that have competed
};

}  // namespace

Nsga2Options read_nsga2_options(MapReader& reader, nlohmann::ordered_json& resolved) {
  OptionReader read(reader, resolved);
  Nsga2Options options;
  options.population_size = read.count("population_size", options.population_size);
  options.crossover_probability =
      read.number("crossover_probability", options.crossover_probability, {.min = 0, .max = 1});
  options.mutation_probability = read.optional_number("mutation_probability", {.min = 0, .max = 1});
  return options;
}

std::unique_ptr<Searcher> make_nsga2(const Problem& problem, const Nsga2Options& options) {
  return std::make_unique<Nsga2>(problem, options);
}

}  // namespace lts::search

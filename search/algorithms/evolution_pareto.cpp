#include "search/algorithms/evolution_pareto.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "search/algorithms/option_reader.h"
#include "search/population.h"
#include "search/seeded_searcher.h"

namespace lts::search {
namespace {

using space::Architecture;
using space::Genome;
using space::Lineage;

// The reference's bounds on fruitless tries (reference/archai.md 2.9).
constexpr int kSamplePatience = 5;
constexpr int kMutatePatience = 20;
constexpr int kCrossoverPatience = 30;

class EvolutionPareto final : public SeededSearcher {
 public:
  EvolutionPareto(const Problem& problem, const EvolutionOptions& options)
      : SeededSearcher(problem), options_(options) {}

 private:
  std::vector<Candidate> propose(const Archive& archive) override {
    if (iteration() > 0) return offspring(archive);
    if (reference() && problem().has_first_population) return {};
    return sample(options_.initial_models, archive, {});
  }

  bool reference() const { return problem().ids == Ids::kReference; }

  Candidate candidate(Genome genome, Lineage lineage) const {
    Architecture architecture = space().architecture(genome);
    std::string id =
        reference() ? space().reference_archid(architecture, lineage) : archid(architecture);
    return {std::move(genome), std::move(architecture), std::move(id)};
  }

  bool admits(const Candidate& c) const { return problem().admits(c.architecture); }

  /// The order of draws is the reference's: mutants, pairs, crossovers, random mix, shuffle.
  std::vector<Candidate> offspring(const Archive& archive) {
    std::vector<const Candidate*> parents;
    for (const std::size_t index : archive.front()) {
      parents.push_back(&archive.evaluations()[index].candidate);
    }
    const std::vector<Candidate> mutants = mutate(parents, archive);
    std::vector<Candidate> population = cross(parents, archive, mutants);
    population.insert(population.end(), mutants.begin(), mutants.end());
    const std::vector<Candidate> mix = sample(options_.random_mix, archive, population);
    population.insert(population.end(), mix.begin(), mix.end());
    algorithm_stream().shuffle(population);
    const auto kept = std::min(population.size(), static_cast<std::size_t>(options_.max_unseen));
    population.erase(population.begin() + static_cast<std::ptrdiff_t>(kept), population.end());
    return population;
  }

  std::vector<Candidate> mutate(const std::vector<const Candidate*>& parents,
                                const Archive& archive) {
    std::vector<Candidate> mutants;
    std::unordered_map<std::string, std::size_t> position;
    for (const Candidate* parent : parents) {
      std::unordered_set<std::string> of_parent;
      for (int tries = 0;
           std::ssize(of_parent) < options_.mutations_per_parent && tries < kMutatePatience;
           ++tries) {
        Candidate child =
            candidate(space().mutate(parent->genome, options_.mutation_probability, space_stream()),
                      Lineage::kDerived);
        if (!admits(child) || archive.seen(child.archid)) continue;
        const auto [place, fresh] = position.try_emplace(child.archid, mutants.size());
        if (!fresh && !reference()) continue;
        child.parent = parent->archid;
        of_parent.insert(child.archid);
        if (fresh) {
          mutants.push_back(std::move(child));
        } else {
          mutants[place->second] = std::move(child);  // the reference's dict.update
        }
      }
    }
    return mutants;
  }

  std::vector<Candidate> cross(const std::vector<const Candidate*>& parents, const Archive& archive,
                               const std::vector<Candidate>& mutants) {
    std::vector<Candidate> children;
    if (parents.size() < 2) return children;
    std::vector<std::vector<std::size_t>> pairs;
    for (int i = 0; i < options_.crossovers; ++i) {
      pairs.push_back(algorithm_stream().sample_indices(parents.size(), 2));
    }
    std::unordered_set<std::string> taken;
    if (!reference()) {
      for (const Candidate& mutant : mutants) taken.insert(mutant.archid);
    }
    for (const auto& pair : pairs) {
      const Candidate &first = *parents[pair[0]], &second = *parents[pair[1]];
      Candidate child = crossed(first, second);
      for (int tries = 0; !admits(child) && tries < kCrossoverPatience; ++tries) {
        child = crossed(first, second);
      }
      if (!admits(child) || archive.seen(child.archid) || !taken.insert(child.archid).second) {
        continue;
      }
      child.parents = first.archid + "," + second.archid;
      children.push_back(std::move(child));
    }
    return children;
  }

  Candidate crossed(const Candidate& first, const Candidate& second) {
    return candidate(space().crossover(first.genome, second.genome, space_stream()),
                     Lineage::kDerived);
  }

  std::vector<Candidate> sample(int count, const Archive& archive,
                                const std::vector<Candidate>& others) {
    if (reference()) return sample_as_reference(count);
    Population fresh(problem(), archive, others);
    fresh.draw(static_cast<std::size_t>(count), space_stream());
    return std::move(fresh).take();
  }

  /// Whole batches of `count` draws, of which the first `count` admitted are kept; no check for
  /// duplicates (reference/archai.md 2.6).
  std::vector<Candidate> sample_as_reference(int count) {
    std::vector<Candidate> admitted;
    for (int tries = 0; std::ssize(admitted) < count && tries < kSamplePatience; ++tries) {
      for (int i = 0; i < count; ++i) {
        Candidate drawn = candidate(space().sample(space_stream()), Lineage::kSampled);
        if (admits(drawn)) admitted.push_back(std::move(drawn));
      }
    }
    if (std::ssize(admitted) > count) admitted.erase(admitted.begin() + count, admitted.end());
    return admitted;
  }

  EvolutionOptions options_;
};

}  // namespace

EvolutionOptions read_evolution_options(MapReader& reader, nlohmann::ordered_json& resolved) {
  OptionReader read(reader, resolved);
  EvolutionOptions options;
  options.initial_models = read.count("initial_models", options.initial_models);
  options.random_mix = read.count("random_mix", options.random_mix, 0);
  options.max_unseen = read.count("max_unseen", options.max_unseen);
  options.mutations_per_parent =
      read.count("mutations_per_parent", options.mutations_per_parent, 0);
  options.crossovers = read.count("crossovers", options.crossovers, 0);
  options.mutation_probability =
      read.number("mutation_probability", options.mutation_probability, {.min = 0, .max = 1});
  return options;
}

std::unique_ptr<Searcher> make_evolution_pareto(const Problem& problem,
                                                const EvolutionOptions& options) {
  return std::make_unique<EvolutionPareto>(problem, options);
}

}  // namespace lts::search

#include "search/algorithms/evolution_pareto.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "core/text.h"

namespace lts::search {
namespace {

using space::Architecture;
using space::Genome;
using space::Lineage;

// The reference's bounds on fruitless tries (reference/archai.md 2.9).
constexpr int kSamplePatience = 5;
constexpr int kMutatePatience = 20;
constexpr int kCrossoverPatience = 30;
// Canonical only: fruitless draws in a row before the space is enumerated instead, or, where it is
// too large for that, given up.
constexpr int kDrawPatience = 200;
constexpr int kVastPatience = 20'000;
constexpr double kEnumerable = 1e6;

class EvolutionPareto final : public Searcher {
 public:
  EvolutionPareto(const Problem& problem, const EvolutionOptions& options)
      : problem_(problem),
        options_(options),
        space_stream_(problem.space_seed),
        algorithm_stream_(problem.seed) {}

  std::vector<Candidate> ask(const Archive& archive) override {
    std::vector<Candidate> population =
        iteration_ == 0 ? sample(options_.initial_models, archive, {}) : offspring(archive);
    for (Candidate& candidate : population) candidate.iteration = iteration_;
    ++iteration_;
    return population;
  }

  nlohmann::json state() const override {
    return {{"iteration", iteration_},
            {"space_stream", space_stream_.state()},
            {"algorithm_stream", algorithm_stream_.state()}};
  }

 private:
  bool reference() const { return problem_.ids == Ids::kReference; }

  Candidate candidate(Genome genome, Lineage lineage) const {
    Architecture architecture = problem_.space->architecture(genome);
    std::string id = reference() ? problem_.space->reference_archid(architecture, lineage)
                                 : archid(architecture);
    return {std::move(genome), std::move(architecture), std::move(id)};
  }

  bool admits(const Candidate& c) const { return problem_.admits(c.architecture); }

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
    algorithm_stream_.shuffle(population);
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
        Candidate child = candidate(
            problem_.space->mutate(parent->genome, options_.mutation_probability, space_stream_),
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
      pairs.push_back(algorithm_stream_.sample_indices(parents.size(), 2));
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
    return candidate(problem_.space->crossover(first.genome, second.genome, space_stream_),
                     Lineage::kDerived);
  }

  std::vector<Candidate> sample(int count, const Archive& archive,
                                const std::vector<Candidate>& population) {
    return reference() ? sample_as_reference(count) : sample_unseen(count, archive, population);
  }

  /// Whole batches of `count` draws, of which the first `count` admitted are kept; no check for
  /// duplicates (reference/archai.md 2.6).
  std::vector<Candidate> sample_as_reference(int count) {
    std::vector<Candidate> admitted;
    for (int tries = 0; std::ssize(admitted) < count && tries < kSamplePatience; ++tries) {
      for (int i = 0; i < count; ++i) {
        Candidate drawn = candidate(problem_.space->sample(space_stream_), Lineage::kSampled);
        if (admits(drawn)) admitted.push_back(std::move(drawn));
      }
    }
    if (std::ssize(admitted) > count) admitted.erase(admitted.begin() + count, admitted.end());
    return admitted;
  }

  std::vector<Candidate> sample_unseen(int count, const Archive& archive,
                                       const std::vector<Candidate>& population) {
    std::unordered_set<std::string> taken;
    for (const Candidate& other : population) taken.insert(other.archid);
    std::vector<Candidate> fresh;
    const auto take = [&](Candidate drawn) {
      if (!admits(drawn) || archive.seen(drawn.archid)) return;
      if (taken.insert(drawn.archid).second) fresh.push_back(std::move(drawn));
    };
    const bool enumerable = problem_.space->size() <= kEnumerable;
    const int patience = enumerable ? kDrawPatience : kVastPatience;
    for (int fruitless = 0; std::ssize(fresh) < count && fruitless < patience; ++fruitless) {
      const std::size_t before = fresh.size();
      take(candidate(problem_.space->sample(space_stream_), Lineage::kSampled));
      if (fresh.size() > before) fruitless = -1;
    }
    if (std::ssize(fresh) < count && enumerable) {
      std::vector<Genome> rest = admitted_members();
      space_stream_.shuffle(rest);
      for (const Genome& genome : rest) {
        if (std::ssize(fresh) == count) break;
        take(candidate(genome, Lineage::kSampled));
      }
    }
    return fresh;
  }

  std::vector<Genome> admitted_members() const {
    std::vector<Genome> members;
    problem_.space->enumerate([&](const Genome& genome) {
      if (problem_.admits(problem_.space->architecture(genome))) members.push_back(genome);
      return true;
    });
    return members;
  }

  Problem problem_;
  EvolutionOptions options_;
  Rng space_stream_, algorithm_stream_;
  int iteration_ = 0;
};

}  // namespace

EvolutionOptions read_evolution_options(MapReader& reader, nlohmann::ordered_json& resolved) {
  EvolutionOptions options;
  const auto count = [&](const char* key, int fallback, std::int64_t min) {
    const auto value = reader.integer(key, fallback, {.min = min, .max = 1'000'000});
    resolved[key] = value;
    return static_cast<int>(value);
  };
  options.initial_models = count("initial_models", options.initial_models, 1);
  options.random_mix = count("random_mix", options.random_mix, 0);
  options.max_unseen = count("max_unseen", options.max_unseen, 1);
  options.mutations_per_parent = count("mutations_per_parent", options.mutations_per_parent, 0);
  options.crossovers = count("crossovers", options.crossovers, 0);
  options.mutation_probability =
      reader.number("mutation_probability", options.mutation_probability, {.min = 0, .max = 1});
  resolved["mutation_probability"] = options.mutation_probability;
  return options;
}

std::unique_ptr<Searcher> make_evolution_pareto(const Problem& problem,
                                                const EvolutionOptions& options) {
  return std::make_unique<EvolutionPareto>(problem, options);
}

}  // namespace lts::search

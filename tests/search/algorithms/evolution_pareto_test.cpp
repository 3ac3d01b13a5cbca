#include "search/algorithms/evolution_pareto.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/search/fixtures.h"

namespace lts::search {
namespace {

/// A space of 2 * 3 * 2 * 2 = 24 members, all buildable.
std::string tiny_yaml(const std::string& search) {
  return "space: {n_layer: [1, 2], d_model: [64, 128, 192], d_inner: [64, 128], n_head: [1, 2]}\n"
         "objectives:\n  - {name: size, proxy: decoder_params, direction: maximize}\n"
         "  - {name: memory, proxy: onnx_file_mib, direction: minimize}\nsearch: " +
         search + "\n";
}

std::vector<Candidate> first_population(const std::string& search) {
  const SearchConfig config = config_from(golden_yaml(search));
  const Problem problem = config.problem();
  return config.make_searcher(problem)->ask(Archive(config.objectives, Ties::kKeepAll));
}

std::vector<std::string> ids_of(const std::vector<Candidate>& population) {
  std::vector<std::string> ids;
  for (const Candidate& candidate : population) ids.push_back(candidate.archid);
  return ids;
}

TEST(EvolutionPareto, SpaceSeedChangesTheSamples) {
  EXPECT_EQ(ids_of(first_population("{space_seed: 5}")),
            ids_of(first_population("{space_seed: 5}")));
  EXPECT_NE(ids_of(first_population("{space_seed: 5}")),
            ids_of(first_population("{space_seed: 6}")));
}

TEST(EvolutionPareto, SeedChangesOrderAndPairsButNotTheFirstPopulation) {
  EXPECT_EQ(ids_of(first_population("{seed: 5}")), ids_of(first_population("{seed: 6}")));
  const SearchConfig five = config_from(golden_yaml("{iterations: 2, seed: 5}"));
  const SearchConfig six = config_from(golden_yaml("{iterations: 2, seed: 6}"));
  const Archive with_five = run_in_memory(five), with_six = run_in_memory(six);
  EXPECT_NE(archids_of(with_five), archids_of(with_six));
  const auto pairs = [](const Archive& archive) {
    std::set<std::string> out;
    for (const auto& e : archive.evaluations()) out.insert(e.candidate.parents);
    return out;
  };
  EXPECT_NE(pairs(with_five), pairs(with_six));
}

TEST(EvolutionPareto, RecordsWhereEachCandidateCameFrom) {
  const SearchConfig config = config_from(golden_yaml("{iterations: 4}"));
  const Archive archive = run_in_memory(config);
  std::set<std::string> known;
  int mutants = 0, crossed = 0;
  for (const Evaluation& evaluation : archive.evaluations()) {
    const Candidate& c = evaluation.candidate;
    EXPECT_TRUE(c.parent.empty() || c.parents.empty());
    EXPECT_TRUE(c.iteration > 0 || (c.parent.empty() && c.parents.empty()));
    if (!c.parent.empty()) {
      ++mutants;
      EXPECT_TRUE(known.contains(c.parent));
    }
    if (!c.parents.empty()) {
      ++crossed;
      const auto comma = c.parents.find(',');
      EXPECT_TRUE(known.contains(c.parents.substr(0, comma)));
      EXPECT_TRUE(known.contains(c.parents.substr(comma + 1)));
    }
    known.insert(c.archid);
  }
  EXPECT_GT(mutants, 0);
  EXPECT_GT(crossed, 0);
}

TEST(EvolutionPareto, LetsArchitecturesEqualInEveryObjectiveAllStay) {
  // Neither objective looks at n_head: each front member stands there with both.
  const SearchConfig config = config_from(tiny_yaml("{iterations: 1000}"));
  const Archive archive = run_in_memory(config);
  std::map<std::vector<double>, int> with_values;
  for (const std::size_t index : archive.front()) {
    const auto& values = archive.evaluations()[index].values;
    ++with_values[{values[0].value, values[1].value}];
  }
  EXPECT_FALSE(with_values.empty());
  for (const auto& [values, count] : with_values) EXPECT_EQ(count, 2);
}

TEST(EvolutionPareto, CutsAPopulationToMaxUnseen) {
  const SearchConfig config = config_from(golden_yaml("{iterations: 6, max_unseen: 7}"));
  std::map<int, int> of_iteration;
  const Archive archive = run_in_memory(config);
  for (const auto& e : archive.evaluations()) ++of_iteration[e.candidate.iteration];
  for (const auto& [iteration, count] : of_iteration) EXPECT_EQ(count, iteration == 0 ? 10 : 7);
}

}  // namespace
}  // namespace lts::search

#include "search/algorithms/regularized_evolution.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/search/fixtures.h"
#include "tests/search/told_archive.h"

namespace lts::search {
namespace {

Archive run(const std::string& more) {
  return run_in_memory(
      config_from(golden_yaml("{algorithm: regularized_evolution, " + more + "}")));
}

TEST(RegularizedEvolution, ChangesOneGeneOfAParentAmongTheYoungest) {
  constexpr std::size_t kAlive = 12, kChildren = 4;
  const Archive archive =
      run("iterations: 40, initial_models: 12, population_size: 12, sample_size: 4, children: 4");
  std::map<std::string, std::size_t> index_of;
  std::size_t children = 0;
  for (std::size_t i = 0; i < archive.evaluations().size(); ++i) {
    const Candidate& child = archive.evaluations()[i].candidate;
    index_of[child.archid] = i;
    EXPECT_TRUE(child.parents.empty());
    if (child.parent.empty()) continue;
    ++children;
    const std::size_t parent = index_of.at(child.parent);
    const std::size_t asked = kAlive + kChildren * static_cast<std::size_t>(child.iteration - 1);
    EXPECT_LT(parent, asked);
    EXPECT_GE(parent, asked - kAlive);
    const space::Genome& genes = archive.evaluations()[parent].candidate.genome;
    int changed = 0;
    for (std::size_t g = 0; g < genes.size(); ++g) changed += genes[g] != child.genome[g];
    EXPECT_EQ(changed, 1);
  }
  EXPECT_GT(children, 140U);
}

TEST(RegularizedEvolution, TakesTheBestOfASampleThatHoldsTheWholePopulation) {
  const SearchConfig config = config_from(
      "objectives: [{name: a, proxy: decoder_params, direction: minimize}]\n"
      "search: {algorithm: regularized_evolution, initial_models: 5, population_size: 3, "
      "sample_size: 1000, children: 6}\n");
  const Problem problem = config.problem();
  Archive archive(config.objectives, Ties::kKeepAll);
  const auto searcher = config.make_searcher(problem);
  tell(archive, searcher->ask(archive), {{1}, {2}, {9}, {7}, {8}});  // the first two are too old
  const std::vector<Candidate> children = searcher->ask(archive);
  ASSERT_EQ(children.size(), 6U);
  for (const Candidate& child : children) {
    EXPECT_EQ(child.parent, archive.evaluations()[3].candidate.archid);
  }
}

TEST(RegularizedEvolution, TakesAnyOfTheFrontWithSeveralObjectives) {
  const SearchConfig config = config_from(
      "objectives:\n"
      "  - {name: a, proxy: decoder_params, direction: minimize}\n"
      "  - {name: b, proxy: total_params, direction: minimize}\n"
      "search: {algorithm: regularized_evolution, initial_models: 4, population_size: 4, "
      "sample_size: 1000, children: 60}\n");
  const Problem problem = config.problem();
  Archive archive(config.objectives, Ties::kKeepAll);
  const auto searcher = config.make_searcher(problem);
  tell(archive, searcher->ask(archive), {{1, 5}, {3, 6}, {2, 2}, {5, 1}});  // the second is behind
  std::map<std::string, int> children_of;
  for (const Candidate& child : searcher->ask(archive)) ++children_of[child.parent];
  EXPECT_EQ(children_of.size(), 3U);
  for (const std::size_t index : {0U, 2U, 3U}) {
    EXPECT_GT(children_of[archive.evaluations()[index].candidate.archid], 5);
  }
}

}  // namespace
}  // namespace lts::search

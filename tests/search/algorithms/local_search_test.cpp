#include "search/algorithms/local_search.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "space/neighbours.h"
#include "tests/search/fixtures.h"
#include "tests/search/told_archive.h"

namespace lts::search {
namespace {

/// One objective, so that the front is the best member alone.
SearchConfig one_objective(const std::string& more) {
  return config_from(
      "objectives: [{name: a, proxy: decoder_params, direction: minimize}]\n"
      "search: {algorithm: local_search, " +
      more + "}\n");
}

/// The population that follows when the second of three members was the best.
std::vector<Candidate> after_the_second_was_best(const std::string& more) {
  const SearchConfig config = one_objective("initial_models: 3, " + more);
  const Problem problem = config.problem();
  Archive archive(config.objectives, Ties::kKeepAll);
  const auto searcher = config.make_searcher(problem);
  tell(archive, searcher->ask(archive), {{3}, {1}, {2}});
  std::vector<Candidate> next = searcher->ask(archive);
  for (const Candidate& candidate : next) {
    EXPECT_EQ(candidate.parent, archive.evaluations()[1].candidate.archid);
  }
  return next;
}

TEST(LocalSearch, ProposesTheNeighboursOfTheFront) {
  const SearchConfig config = one_objective("initial_models: 3");
  const Problem problem = config.problem();
  Archive archive(config.objectives, Ties::kKeepAll);
  const auto searcher = config.make_searcher(problem);
  tell(archive, searcher->ask(archive), {{3}, {1}, {2}});
  const auto& best = archive.evaluations()[1].candidate.architecture;
  std::set<space::Architecture> expected, proposed;
  for (const space::Genome& genome : space::neighbours(config.space, best)) {
    expected.insert(config.space.architecture(genome));
  }
  for (const Candidate& candidate : searcher->ask(archive)) {
    proposed.insert(candidate.architecture);
  }
  EXPECT_EQ(proposed, expected);
  EXPECT_GE(proposed.size(), 4U);
}

TEST(LocalSearch, ProposesAShareOfThemAndAtLeastOne) {
  const std::size_t all = after_the_second_was_best("neighbour_share: 1").size();
  EXPECT_EQ(after_the_second_was_best("neighbour_share: 0.5").size(), (all + 1) / 2);
  EXPECT_EQ(after_the_second_was_best("neighbour_share: 0.001").size(), 1U);
}

TEST(LocalSearch, CutsToMaxUnseen) {
  EXPECT_EQ(after_the_second_was_best("max_unseen: 2").size(), 2U);
}

TEST(LocalSearch, BeginsAgainWhereEveryNeighbourHasBeenSeen) {
  const SearchConfig config = config_from(
      "space: {n_layer: [1, 2, 3, 4], d_model: [64], d_inner: [64, 128, 192, 256], n_head: [2]}\n"
      "objectives: [{name: a, proxy: decoder_params, direction: minimize}]\n"
      "search: {algorithm: local_search, initial_models: 2, iterations: 100}\n");
  const Archive archive = run_in_memory(config);
  EXPECT_EQ(archive.evaluations().size(), 16U);
  std::map<int, std::set<bool>> has_parent;
  for (const Evaluation& evaluation : archive.evaluations()) {
    has_parent[evaluation.candidate.iteration].insert(!evaluation.candidate.parent.empty());
  }
  int restarts = 0;
  for (const auto& [iteration, kinds] : has_parent) {
    EXPECT_EQ(kinds.size(), 1U);  // neighbours or random members, never both
    restarts += iteration > 0 && kinds.contains(false);
  }
  EXPECT_GT(restarts, 0);
}

TEST(LocalSearch, FollowsTheFrontOneStepAtATime) {
  const SearchConfig config =
      config_from(golden_yaml("{algorithm: local_search, iterations: 8, max_unseen: 30}"));
  const Archive archive = run_in_memory(config);
  std::map<std::string, space::Architecture> known;
  int children = 0;
  for (const Evaluation& evaluation : archive.evaluations()) {
    const Candidate& child = evaluation.candidate;
    known.emplace(child.archid, child.architecture);
    if (child.parent.empty()) continue;
    ++children;
    std::set<space::Architecture> near;
    for (const auto& genome : space::neighbours(config.space, known.at(child.parent))) {
      near.insert(config.space.architecture(genome));
    }
    EXPECT_TRUE(near.contains(child.architecture));
  }
  EXPECT_GT(children, 100);
}

}  // namespace
}  // namespace lts::search

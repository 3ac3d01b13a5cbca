#include "search/algorithms/nsga2.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/search/fixtures.h"
#include "tests/search/told_archive.h"

namespace lts::search {
namespace {

using ::testing::ElementsAre;

/// Two minimised objectives, whose values the tests choose.
class Nsga2 : public ::testing::Test {
 protected:
  std::vector<std::size_t> parents() const { return searcher_->state().at("parents"); }

  SearchConfig config_ = config_from(
      "objectives:\n"
      "  - {name: a, proxy: decoder_params, direction: minimize}\n"
      "  - {name: b, proxy: total_params, direction: minimize}\n"
      "search: {algorithm: nsga2, population_size: 3}\n");
  Problem problem_ = config_.problem();
  Archive archive_{config_.objectives, Ties::kKeepAll};
  std::unique_ptr<Searcher> searcher_ = config_.make_searcher(problem_);
};

// Worked by hand after Deb et al. 2002.
TEST_F(Nsga2, KeepsTheBestOfParentsAndChildren) {
  tell(archive_, searcher_->ask(archive_), {{1, 5}, {2, 2}, {5, 1}});
  std::vector<Candidate> children = searcher_->ask(archive_);
  EXPECT_THAT(parents(), ElementsAre(0, 2, 1));  // one front: its ends before its middle
  // The fourth dominates all. (1, 4), (2, 2) and (5, 1) are the second front, whose ends have room.
  tell(archive_, std::move(children), {{0, 0}, {9, 9}, {1, 4}});
  children = searcher_->ask(archive_);
  EXPECT_THAT(parents(), ElementsAre(3, 2, 5));
  std::set<std::string> alive;
  for (const std::size_t index : parents()) {
    alive.insert(archive_.evaluations()[index].candidate.archid);
  }
  ASSERT_EQ(children.size(), 3U);
  for (const Candidate& child : children) {
    const auto comma = child.parents.find(',');
    for (const std::string& parent :
         child.parents.empty()
             ? std::vector{child.parent}
             : std::vector{child.parents.substr(0, comma), child.parents.substr(comma + 1)}) {
      EXPECT_TRUE(alive.contains(parent)) << parent;
    }
  }
}

TEST_F(Nsga2, MakesNoParentOfWhatHasNoValueOrMissesAConstraint) {
  std::vector<Candidate> first = searcher_->ask(archive_);
  archive_.add({.candidate = first[0], .status = Status::kFailed});
  archive_.add({.candidate = first[1],
                .status = Status::kInfeasible,
                .values = {{.value = 0}, {.value = 0}}});
  tell(archive_, {first[2]}, {{5, 5}});
  searcher_->ask(archive_);
  EXPECT_THAT(parents(), ElementsAre(0));  // the first of those with a value
  EXPECT_EQ(archive_.ok().at(0), 2U);
}

TEST_F(Nsga2, FillsUpWithRandomMembersWhereParentsHaveNoNewChildren) {
  // Without mutation a single parent's children are all itself.
  const SearchConfig config = config_from(
      "objectives: [{name: a, proxy: decoder_params, direction: minimize}]\n"
      "search: {algorithm: nsga2, population_size: 4, mutation_probability: 0}\n");
  const Problem problem = config.problem();
  Archive archive(config.objectives, Ties::kKeepAll);
  const auto searcher = config.make_searcher(problem);
  tell(archive, searcher->ask(archive), {{1}});
  const std::vector<Candidate> next = searcher->ask(archive);
  ASSERT_EQ(next.size(), 4U);
  for (const Candidate& candidate : next) {
    EXPECT_TRUE(candidate.parent.empty() && candidate.parents.empty());
  }
}

TEST(Nsga2Crossover, HappensAsOftenAsItsProbabilitySays) {
  for (const auto& [probability, least, most] : {std::tuple{"0", 0.0, 0.0}, {"0.9", 0.6, 0.95}}) {
    const SearchConfig config =
        config_from(golden_yaml("{algorithm: nsga2, population_size: 40, iterations: 12, "
                                "crossover_probability: " +
                                std::string(probability) + "}"));
    int crossed = 0, children = 0;
    const Archive archive = run_in_memory(config);
    for (const Evaluation& evaluation : archive.evaluations()) {
      crossed += !evaluation.candidate.parents.empty();
      children += !evaluation.candidate.parents.empty() || !evaluation.candidate.parent.empty();
    }
    ASSERT_GT(children, 300);
    EXPECT_GE(crossed, least * children);
    EXPECT_LE(crossed, most * children);
  }
}

TEST(Nsga2Mutation, ChangesAboutOneGeneWhereNoProbabilityIsGiven) {
  const SearchConfig config =
      config_from(golden_yaml("{algorithm: nsga2, population_size: 40, iterations: 8, "
                              "crossover_probability: 0}"));
  const Archive archive = run_in_memory(config);
  std::map<std::string, space::Genome> genomes;
  int children = 0, changed = 0;
  for (const Evaluation& evaluation : archive.evaluations()) {
    const Candidate& child = evaluation.candidate;
    genomes[child.archid] = child.genome;
    if (child.parent.empty()) continue;
    ++children;
    const space::Genome& parent = genomes.at(child.parent);
    for (std::size_t i = 0; i < parent.size(); ++i) changed += parent[i] != child.genome[i];
  }
  // Of four genes each with 1/4, unchanged children left out: 1 / (1 - (3/4)^4) = 1.46, less the
  // draws of the same value.
  ASSERT_GT(children, 200);
  EXPECT_NEAR(changed / double(children), 1.4, 0.15);
}

}  // namespace
}  // namespace lts::search

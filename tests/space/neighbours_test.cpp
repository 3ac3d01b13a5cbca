#include "space/neighbours.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/yaml.h"
#include "space/space_config.h"

namespace lts::space {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

SearchSpace gpt2_space(const std::string& ranges) {
  return read_space(parse_yaml("family: gpt2\n" + ranges, "s.yaml"));
}

SearchSpace flex_space(const std::string& ranges) {
  return read_space(parse_yaml("family: gpt2_flex\n" + ranges, "s.yaml"));
}

SearchSpace per_layer_space() {
  return flex_space("n_layer: [1, 3]\nd_inner: [5, 6, 7]\nd_model: [8]\nn_head: [2]\n");
}

/// 1.7 * 4 = 6.8 leaves 7, 8 and 14; 1.7 * 8 = 13.6 leaves 14 alone.
SearchSpace ruled_space() {
  return flex_space(
      "n_layer: [1, 2]\nd_inner: [6, 7, 8, 14]\nd_model: [4, 8]\nn_head: [1]\n"
      "inner_ratio_above: 1.7\n");
}

TEST(Neighbours, AreOneStepAlongTheListOfOneGene) {
  const SearchSpace space =
      gpt2_space("n_layer: [1, 2, 4]\nd_inner: [128, 64]\nd_model: [64, 128]\nn_head: [2]\n");
  const Genome middle = {2, 128, 64, 2};
  EXPECT_THAT(neighbours(space, space.architecture(middle)),
              ElementsAre(Genome{1, 128, 64, 2}, Genome{4, 128, 64, 2}, Genome{2, 64, 64, 2},
                          Genome{2, 128, 128, 2}));
}

TEST(Neighbours, StepEachLayerOfAPerLayerGeneAlone) {
  const SearchSpace space = per_layer_space();
  EXPECT_THAT(
      neighbours(space, space.architecture({3, 5, 6, 7, 8, 2})),
      ElementsAre(Genome{1, 5, 6, 7, 8, 2}, Genome{3, 6, 6, 7, 8, 2}, Genome{3, 5, 5, 7, 8, 2},
                  Genome{3, 5, 7, 7, 8, 2}, Genome{3, 5, 6, 6, 8, 2}));
}

TEST(Neighbours, AddLayersAsCopiesOfTheLastWhateverTheGenomeHides) {
  const SearchSpace space = per_layer_space();
  EXPECT_THAT(
      neighbours(space, space.architecture({1, 6, 5, 7, 8, 2})),
      ElementsAre(Genome{3, 6, 6, 6, 8, 2}, Genome{1, 5, 6, 6, 8, 2}, Genome{1, 7, 6, 6, 8, 2}));
}

TEST(Neighbours, StepAGeneThatIsDrawnOnceInAllLayersTogether) {
  const SearchSpace space = flex_space(
      "n_layer: [3]\nd_inner: {choices: [5, 6], per_layer: false}\nd_model: [8]\n"
      "n_head: {choices: [1, 2, 4], per_layer: true}\n");
  EXPECT_THAT(
      neighbours(space, space.architecture({3, 5, 8, 1, 4, 2})),
      ElementsAre(Genome{3, 6, 8, 1, 4, 2}, Genome{3, 5, 8, 2, 4, 2}, Genome{3, 5, 8, 1, 2, 2},
                  Genome{3, 5, 8, 1, 4, 1}, Genome{3, 5, 8, 1, 4, 4}));
}

TEST(Neighbours, MayBreakTheRuleWhichTheSpaceThenSays) {
  const SearchSpace space = ruled_space();
  std::vector<Genome> members, others;
  for (const Genome& genome : neighbours(space, space.architecture({2, 7, 14, 4, 1}))) {
    (space.flaw(space.architecture(genome)) ? others : members).push_back(genome);
  }
  EXPECT_THAT(members,
              ElementsAre(Genome{1, 7, 14, 4, 1}, Genome{2, 8, 14, 4, 1}, Genome{2, 7, 8, 4, 1}));
  EXPECT_THAT(others, ElementsAre(Genome{2, 6, 14, 4, 1}, Genome{2, 7, 14, 8, 1}));
}

TEST(Neighbours, AreMutual) {
  const SearchSpace space =
      gpt2_space("n_layer: [1, 2, 3]\nd_inner: [64, 128]\nd_model: [64, 128]\nn_head: [1, 2, 4]\n");
  std::map<Genome, std::set<Genome>> near;
  space.enumerate([&](const Genome& genome) {
    for (const Genome& other : neighbours(space, space.architecture(genome))) {
      EXPECT_TRUE(near[genome].insert(other).second);
    }
    return true;
  });
  EXPECT_EQ(near.size(), 36U);
  for (const auto& [genome, others] : near) {
    for (const Genome& other : others) EXPECT_TRUE(near.at(other).contains(genome));
  }
}

TEST(Neighbours, OfTheOnlyMemberAreNone) {
  const SearchSpace space = gpt2_space("n_layer: [1]\nd_inner: [64]\nd_model: [64]\nn_head: [2]\n");
  EXPECT_THAT(neighbours(space, space.architecture({1, 64, 64, 2})), IsEmpty());
}

TEST(MutateOneGene, SetsOneShownEntryToAnyOtherValueOfItsRange) {
  const SearchSpace space = per_layer_space();
  const Genome parent = {1, 6, 5, 7, 8, 2};  // the second and third width are hidden
  Rng rng(1);
  std::map<Genome, int> mutants;
  for (int i = 0; i < 4000; ++i) ++mutants[mutate_one_gene(space, parent, rng)];
  // n_layer has one other value and is drawn in half of all cases, d_inner has two.
  const std::map<Genome, int> expected = {
      {{3, 6, 5, 7, 8, 2}, 2000}, {{1, 5, 5, 7, 8, 2}, 1000}, {{1, 7, 5, 7, 8, 2}, 1000}};
  ASSERT_EQ(mutants.size(), expected.size());
  for (const auto& [mutant, count] : expected) EXPECT_NEAR(mutants[mutant], count, 150);
}

TEST(MutateOneGene, DrawsFromTheWholeRangeWhateverTheRuleSays) {
  const SearchSpace space = ruled_space();
  Rng rng(1);
  std::set<Genome> mutants;
  for (int i = 0; i < 500; ++i) mutants.insert(mutate_one_gene(space, {2, 14, 7, 4, 1}, rng));
  EXPECT_EQ(mutants, (std::set<Genome>{{1, 14, 7, 4, 1},
                                       {2, 6, 7, 4, 1},
                                       {2, 7, 7, 4, 1},
                                       {2, 8, 7, 4, 1},
                                       {2, 14, 6, 4, 1},
                                       {2, 14, 8, 4, 1},
                                       {2, 14, 14, 4, 1},
                                       {2, 14, 7, 8, 1}}));
}

TEST(MutateOneGene, LeavesTheOnlyMemberAlone) {
  const SearchSpace space = gpt2_space("n_layer: [1]\nd_inner: [64]\nd_model: [64]\nn_head: [2]\n");
  Rng rng(1);
  EXPECT_EQ(mutate_one_gene(space, {1, 64, 64, 2}, rng), (Genome{1, 64, 64, 2}));
}

}  // namespace
}  // namespace lts::space

#include "space/neighbours.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/yaml.h"
#include "space/space_config.h"
#include "tests/space/per_layer_family.h"

namespace lts::space {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::PerLayerFamily;

SearchSpace gpt2_space(const std::string& ranges) {
  return read_space(parse_yaml("family: gpt2\n" + ranges, "s.yaml"));
}

SearchSpace per_layer_space() {
  return SearchSpace(
      PerLayerFamily::instance(),
      {{"n_layer", {1, 3}}, {"d_inner", {5, 6, 7}}, {"d_model", {8}}, {"n_head", {2}}},
      {50257, 1024}, 0.0);
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

TEST(MutateOneGene, LeavesTheOnlyMemberAlone) {
  const SearchSpace space = gpt2_space("n_layer: [1]\nd_inner: [64]\nd_model: [64]\nn_head: [2]\n");
  Rng rng(1);
  EXPECT_EQ(mutate_one_gene(space, {1, 64, 64, 2}, rng), (Genome{1, 64, 64, 2}));
}

}  // namespace
}  // namespace lts::space

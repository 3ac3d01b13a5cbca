#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "space/search_space.h"
#include "space/space_config.h"
#include "tests/space/per_layer_family.h"

namespace lts::space {
namespace {

using ::testing::ElementsAre;
using testing::PerLayerFamily;
using testing::stepped_choices;

SearchSpace per_layer_space(std::vector<std::int32_t> n_layer, std::vector<std::int32_t> d_inner,
                            std::vector<std::int32_t> d_model, std::vector<std::int32_t> n_head) {
  return SearchSpace(PerLayerFamily::instance(),
                     {{"n_layer", std::move(n_layer)},
                      {"d_inner", std::move(d_inner)},
                      {"d_model", std::move(d_model)},
                      {"n_head", std::move(n_head)}},
                     {50257, 1024}, 0.0);
}

SearchSpace small() { return per_layer_space({1, 3}, {5, 6}, {8}, {1, 2}); }

/// reference/archai.md 1.3, summed over layers of their own width.
std::int64_t non_embedding_params(const Architecture& architecture) {
  const std::int64_t d = architecture.scalar("d_model");
  std::int64_t total = 2 * d;
  for (const std::int64_t inner : architecture.gene("d_inner")) {
    total += 4 * d * d + 2 * d * inner + 9 * d + inner;
  }
  return total;
}

// The first generation of the reference's recorded search over gpt2-flex with one d_inner a layer
// (Archai's EvolutionParetoSearch, both seeds 1): ten samples, less those of under 10^6 parameters.
TEST(PerLayerSpace, SamplesAsTheReferenceDoes) {
  const std::vector<std::string> recorded = {
      "3aa296108a45e5cacd3a2209217b0610239de5fb", "ff428f74bab506cdef03d7d971fc0ef4e462f9c1",
      "b51f373210ea763edcd6c2cca57f5817e691e80f", "f513d0cbf300996b03fb81f48821e3e4d5374a4b",
      "511f00258987c667353e9d28ca3680f58e757138", "2b3d614967a4969203f605ec24c773f955fff97e",
      "562dc0fa57dd53cf00b066a8eabc0ca8a1dfd07c", "f78bc373f05efb82a32933c7858bf55bfb3e4701",
      "4ca06e27fa6d07743426aba4510c01c313796d01", "fd7437ddd365c2e9d05500fcfd1c0900e3c1276f"};
  const SearchSpace space =
      per_layer_space(stepped_choices(1, 10, 1), stepped_choices(128, 960, 64),
                      stepped_choices(128, 960, 64), {2, 4, 8});
  Rng rng(1);
  std::vector<std::string> ours;
  while (ours.size() < recorded.size()) {
    const Architecture sample = space.architecture(space.sample(rng));
    if (non_embedding_params(sample) < 1'000'000) continue;
    ours.push_back(archid_sampled(sample).substr(std::string("per_layer_").size()));
  }
  EXPECT_EQ(ours, recorded);
}

TEST(PerLayerSpace, CountsAndVisitsEachArchitectureOnce) {
  const SearchSpace space = small();
  EXPECT_EQ(space.size(), (2 + 8) * 2);
  std::set<Architecture> seen;
  int visited = 0;
  space.enumerate([&](const Genome& genome) {
    ++visited;
    seen.insert(space.architecture(genome));
    return true;
  });
  EXPECT_EQ(visited, 20);
  EXPECT_EQ(seen.size(), 20u);
}

TEST(PerLayerSpace, AnArchitectureShowsItsLayersOnly) {
  const Architecture one = small().architecture({1, 5, 6, 6, 8, 2});
  EXPECT_THAT(one.gene("d_inner"), ElementsAre(5));
  EXPECT_EQ(one.scalar("n_head"), 2);
  EXPECT_EQ(config_json(one)["d_inner"], nlohmann::json({5}));
  const Architecture three = small().architecture({3, 5, 6, 6, 8, 2});
  EXPECT_THAT(three.gene("d_inner"), ElementsAre(5, 6, 6));
  EXPECT_EQ(summary(three), "per_layer:n_layer=3,d_model=8,n_head=2,d_inner=5|6|6");
}

TEST(PerLayerSpace, GenomesGoThereAndBack) {
  const SearchSpace space = small();
  space.enumerate([&](const Genome& genome) {
    const Architecture member = space.architecture(genome);
    const auto back = space.genome(member);
    EXPECT_TRUE(back && space.architecture(*back) == member);
    return true;
  });
  EXPECT_EQ(space.genome(small().architecture({1, 6, 5, 5, 8, 2})), (Genome{1, 6, 6, 6, 8, 2}));
}

// Hidden entries are drawn, kept and inherited, as the reference does with its lists of max layers.
TEST(PerLayerSpace, OperatorsActOnHiddenEntriesToo) {
  const SearchSpace space = small();
  Rng rng(2), drawn(2);
  const Genome first = {1, 5, 5, 5, 8, 1}, second = {1, 6, 6, 6, 8, 1};
  Genome expected = first;
  for (std::size_t at = 0; at < first.size(); ++at) {
    if (drawn.below(2) == 1) expected[at] = second[at];
  }
  EXPECT_EQ(space.crossover(first, second, rng), expected);
  std::set<Genome> mutants;
  for (int i = 0; i < 200; ++i) mutants.insert(space.mutate(first, 0.5, rng));
  EXPECT_TRUE(mutants.contains({1, 5, 5, 6, 8, 1}));
}

TEST(PerLayerSpace, IsWrittenAsPerLayer) {
  EXPECT_EQ(space_json(small())["d_inner"],
            (nlohmann::ordered_json{{"choices", {5, 6}}, {"per_layer", true}}));
}

}  // namespace
}  // namespace lts::space

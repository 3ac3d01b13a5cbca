#include "space/search_space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "space/arch_argument.h"
#include "space/space_config.h"
#include "tests/expect_error.h"
#include "tests/space/gpt2_models.h"

namespace lts::space {
namespace {

using testing::gpt2;

SearchSpace space_of(const std::string& yaml) { return read_space(parse_yaml(yaml, "s.yaml")); }

const SearchSpace& published() {
  static const SearchSpace space = space_of("family: gpt2\n");
  return space;
}

bool has_example(const std::string& family) {
  for (const auto& entry : std::filesystem::directory_iterator(LTS_SOURCE_DIR "/configs/search")) {
    const YamlNode config = load_yaml(entry.path());
    const YamlNode* space = config.find("space");
    const YamlNode* name = space ? space->find("family") : nullptr;
    if (name && name->scalar == family) return true;
  }
  return false;
}

bool in_ranges(const SearchSpace& space, const Genome& genome) {
  for (std::size_t i = 0; i < genome.size(); ++i) {
    const auto& choices = space.ranges()[i].choices;
    if (std::ranges::find(choices, genome[i]) == choices.end()) return false;
  }
  return genome.size() == space.ranges().size();
}

// What every line of the table in families.cpp must give.
TEST(Families, EachHasASpaceCountsConfigsAndAnExample) {
  for (const Family* family : families()) {
    const std::string name(family->name());
    EXPECT_EQ(&family_named(name), family);
    EXPECT_EQ(family->genes().front().name, "n_layer");
    EXPECT_EQ(family->default_ranges().front().gene, "n_layer");
    const SearchSpace space = space_of("family: " + name + "\n");
    Rng rng(1);
    const Architecture member = space.architecture(space.sample(rng));
    EXPECT_GT(family->counts(member).total_params(), 0);
    const auto config = family->hugging_face_config(member);
    EXPECT_TRUE(family->reads_hugging_face(config));
    EXPECT_EQ(family->from_hugging_face(config, "config.json"), member);
    EXPECT_EQ(parse_arch_argument(summary(member), ""), member);
    EXPECT_TRUE(has_example(name)) << name;
  }
}

TEST(Families, AreNamedInTheRefusal) {
  EXPECT_EQ(testing::error_message([] { family_named("gpt"); }),
            "unknown family 'gpt'; did you mean 'gpt2'? Accepted: gpt2, gpt2_flex, llama");
}

TEST(PublishedSpace, Has5880MembersOf5424Feasible) {
  std::set<Genome> seen;
  int feasible = 0;
  published().enumerate([&](const Genome& genome) {
    EXPECT_TRUE(in_ranges(published(), genome));
    EXPECT_TRUE(seen.empty() || *seen.rbegin() < genome);
    seen.insert(genome);
    const Architecture member = published().architecture(genome);
    EXPECT_EQ(member.family().flaw(member), std::nullopt);
    feasible += member.family().counts(member).decoder_params() >= 1'000'000;
    return true;
  });
  EXPECT_EQ(seen.size(), 5880u);
  EXPECT_EQ(published().size(), 5880);
  EXPECT_EQ(feasible, 5424);
}

// reference/archai.md 2.10: the first samples of Random(1), with non-embedding parameters and the
// beginning of their ids.
TEST(PublishedSpace, SamplesAsTheReferenceDoes) {
  struct Sample {
    std::int32_t n_layer, d_inner, d_model, n_head;
    std::int64_t decoder_params;
    std::string archid;
  };
  const std::vector<Sample> expected = {
      {3, 704, 960, 2, 15144192, "cea35b3f"}, {5, 192, 576, 4, 7769472, "df106863"},
      {8, 768, 512, 2, 14724096, "0f371e7b"}, {2, 576, 128, 4, 429696, "84a34883"},
      {7, 704, 896, 2, 31372992, "889f69f6"}, {8, 384, 832, 2, 27327616, "e848f3b3"},
      {10, 192, 448, 2, 9791616, "f9c9134d"}, {1, 128, 768, 8, 2564480, "f0f4e252"},
      {1, 512, 768, 2, 3154688, "82629952"},  {7, 832, 128, 8, 1963840, "17970822"},
      {4, 896, 576, 4, 9462656, "2993bb00"},  {9, 320, 448, 2, 9845888, "b9ef91d6"}};
  Rng rng(1);
  for (const Sample& sample : expected) {
    const Architecture ours = published().architecture(published().sample(rng));
    EXPECT_EQ(ours, gpt2(sample.n_layer, sample.d_model, sample.d_inner, sample.n_head));
    EXPECT_EQ(ours.family().counts(ours).decoder_params(), sample.decoder_params);
    EXPECT_EQ(archid_sampled(ours).substr(0, 13), "gpt2_" + sample.archid);
  }
}

TEST(Operators, StayInTheRanges) {
  const SearchSpace space = space_of("n_layer: [1, 3]\nd_model: [64, 96]\nn_head: [2, 3, 8]\n");
  Rng rng(7);
  for (int i = 0; i < 2000; ++i) {
    const Genome mother = space.sample(rng), father = space.sample(rng);
    for (const Genome& parent : {mother, father}) {
      EXPECT_TRUE(in_ranges(space, parent));
      EXPECT_EQ(space.family().flaw(space.architecture(parent)), std::nullopt);
      EXPECT_TRUE(in_ranges(space, space.mutate(parent, 0.5, rng)));
    }
    const Genome child = space.crossover(mother, father, rng);
    for (std::size_t gene = 0; gene < child.size(); ++gene) {
      EXPECT_TRUE(child[gene] == mother[gene] || child[gene] == father[gene]);
    }
  }
}

TEST(Operators, MutateByTheirProbability) {
  Rng rng(3);
  const Genome parent = published().sample(rng);
  int changed = 0;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(published().mutate(parent, 0.0, rng), parent);
    changed += published().mutate(parent, 0.3, rng) != parent;
  }
  // A gene of c choices stays with 0.7 + 0.3 / c: all four with 0.7322 * 0.7214^2 * 0.8 for 10, 14,
  // 14 and 3 choices = 0.3039. Binomial(1000, 0.6961): standard deviation 14.5; six of them.
  EXPECT_NEAR(changed, 1000 * (1 - 0.73 * 0.72143 * 0.72143 * 0.8), 88);
}

TEST(Operators, MutateDrawsEveryGeneAnewAtProbabilityOne) {
  Rng rng(3), drawn(3);
  const Genome parent = published().sample(rng);
  published().sample(drawn);
  const Genome child = published().mutate(parent, 1.0, rng);
  for (std::size_t gene = 0; gene < child.size(); ++gene) {
    drawn.random();  // the reference asks for a chance before each gene
    EXPECT_EQ(child[gene], drawn.choice(published().ranges()[gene].choices));
  }
}

// The reference draws a parent for every gene, even where both have the same.
TEST(Operators, CrossoverDrawsForEqualGenesToo) {
  Rng rng(5), drawn(5);
  const Genome parent = {3, 128, 128, 2};
  EXPECT_EQ(published().crossover(parent, parent, rng), parent);
  for (int gene = 0; gene < 4; ++gene) drawn.below(2);
  EXPECT_EQ(rng.next_u32(), drawn.next_u32());
}

TEST(Genome, IsItsArchitectures) {
  published().enumerate([&](const Genome& genome) {
    EXPECT_EQ(published().genome(published().architecture(genome)), genome);
    return true;
  });
}

TEST(Genome, IsOfMembersOnly) {
  EXPECT_EQ(published().genome(gpt2(7, 576, 832, 8)), (Genome{7, 832, 576, 8}));
  EXPECT_EQ(published().genome(gpt2(11, 576, 832, 8)), std::nullopt);
  EXPECT_EQ(published().genome(gpt2(7, 577, 832, 8)), std::nullopt);
  EXPECT_EQ(published().genome(gpt2(7, 576, 832, 8, 0.1)), std::nullopt);
  const Architecture other_vocabulary(gpt2::family(), {7, 576, 832, 8, 1000, 1024});
  EXPECT_EQ(published().genome(other_vocabulary), std::nullopt);
}

TEST(Enumerate, StopsWhereAsked) {
  int visited = 0;
  published().enumerate([&](const Genome&) { return ++visited < 10; });
  EXPECT_EQ(visited, 10);
}

// "size" counts combinations, "sample" skips those that cannot be built.
TEST(Sample, NeverGivesAFlaw) {
  const SearchSpace space = space_of("d_model: [128, 192]\nn_head: [3]\n");
  EXPECT_EQ(space.size(), 10 * 14 * 2);
  Rng rng(1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(space.architecture(space.sample(rng)).scalar("d_model"), 192);
  }
}

}  // namespace
}  // namespace lts::space

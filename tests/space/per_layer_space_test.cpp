#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "space/gpt2_flex/gpt2_flex.h"
#include "space/search_space.h"
#include "space/space_config.h"
#include "tests/expect_error.h"

namespace lts::space {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using testing::error_message;
using ::testing::HasSubstr;

SearchSpace space_of(const std::string& yaml) {
  return read_space(parse_yaml("family: gpt2_flex\n" + yaml, "s.yaml"));
}

/// Three layers at most, two widths a layer, heads drawn once.
SearchSpace small() {
  return space_of("n_layer: [1, 3]\nd_inner: [5, 6]\nd_model: [8]\nn_head: [1, 2]\n");
}

std::int64_t decoder_params(const Architecture& architecture) {
  return architecture.family().counts(architecture).decoder_params();
}

std::set<Architecture> members_of(const SearchSpace& space) {
  std::set<Architecture> members;
  space.enumerate([&](const Genome& genome) {
    const Architecture member = space.architecture(genome);
    if (!space.flaw(member)) members.insert(member);
    return true;
  });
  return members;
}

// The first generation of the reference's recorded search over gpt2-flex with one d_inner a layer
// (Archai's EvolutionParetoSearch, both seeds 1): ten samples, less those of under 10^6 parameters.
const std::vector<std::string> kRecorded = {"gpt2-flex_3aa296108a45e5cacd3a2209217b0610239de5fb",
                                            "gpt2-flex_ff428f74bab506cdef03d7d971fc0ef4e462f9c1",
                                            "gpt2-flex_b51f373210ea763edcd6c2cca57f5817e691e80f",
                                            "gpt2-flex_f513d0cbf300996b03fb81f48821e3e4d5374a4b",
                                            "gpt2-flex_511f00258987c667353e9d28ca3680f58e757138",
                                            "gpt2-flex_2b3d614967a4969203f605ec24c773f955fff97e",
                                            "gpt2-flex_562dc0fa57dd53cf00b066a8eabc0ca8a1dfd07c",
                                            "gpt2-flex_f78bc373f05efb82a32933c7858bf55bfb3e4701",
                                            "gpt2-flex_4ca06e27fa6d07743426aba4510c01c313796d01",
                                            "gpt2-flex_fd7437ddd365c2e9d05500fcfd1c0900e3c1276f"};

TEST(PerLayerSpace, SamplesAsTheReferenceDoes) {
  const SearchSpace space = space_of("");
  Rng rng(1);
  std::vector<std::string> by_space, alone;
  while (by_space.size() < kRecorded.size()) {
    const Architecture sample = space.architecture(space.sample(rng));
    if (decoder_params(sample) < 1'000'000) continue;
    by_space.push_back(space.reference_archid(sample, Lineage::kSampled));
    alone.push_back(archid_sampled(sample));
  }
  EXPECT_EQ(by_space, kRecorded);
  EXPECT_EQ(alone, kRecorded);
}

TEST(PerLayerSpace, CountsAndVisitsEachArchitectureOnce) {
  const SearchSpace space = small();
  EXPECT_EQ(space.size(), (2 + 8) * 2);
  int visited = 0;
  space.enumerate([&](const Genome&) { return ++visited > 0; });
  EXPECT_EQ(visited, 20);
  EXPECT_EQ(members_of(space).size(), 20U);
}

// 14 widths of the model times, for each depth L, (14 * 3)^L widths and heads: 10^17.
TEST(PerLayerSpace, OfWidthsAndHeadsHasTheSizeOfThePapersKind) {
  double members = 0, layers = 1;
  for (int depth = 1; depth <= 10; ++depth) members += 14 * (layers *= 14 * 3);
  const SearchSpace space = space_of("n_head: {per_layer: true}\n");
  EXPECT_DOUBLE_EQ(space.size(), members);
  EXPECT_GT(members, 1e17);
}

TEST(PerLayerSpace, AnArchitectureShowsItsLayersOnly) {
  const Architecture one = small().architecture({1, 5, 6, 6, 8, 2});
  EXPECT_THAT(one.gene("d_inner"), ElementsAre(5));
  EXPECT_EQ(config_json(one)["d_inner"], nlohmann::json({5}));
  EXPECT_EQ(summary(one), "gpt2_flex:n_layer=1,d_model=8,d_inner=5,n_head=2");
  const Architecture three = small().architecture({3, 5, 6, 6, 8, 2});
  EXPECT_THAT(three.gene("d_inner"), ElementsAre(5, 6, 6));
  EXPECT_EQ(three.in_layer("d_inner", 1), 6);
  EXPECT_EQ(three.in_layer("d_model", 1), 8);
  EXPECT_EQ(summary(three), "gpt2_flex:n_layer=3,d_model=8,d_inner=5|6|6,n_head=2");
}

// One draw for all layers: the architecture is that with a list of equal entries, the reference's
// config holds a number.
TEST(PerLayerSpace, AGeneDrawnOnceIsTheSameInEveryLayer) {
  const Architecture three = small().architecture({3, 5, 6, 6, 8, 2});
  EXPECT_THAT(three.gene("n_head"), ElementsAre(2, 2, 2));
  const SearchSpace by_layer = space_of(
      "n_layer: [3]\nd_inner: [5, 6]\nd_model: [8]\nn_head: {choices: [1, 2], per_layer: true}\n");
  const Architecture listed = by_layer.architecture({3, 5, 6, 6, 8, 2, 2, 2});
  EXPECT_EQ(three, listed);
  EXPECT_EQ(archid(three), archid(listed));
  EXPECT_NE(small().reference_archid(three, Lineage::kDerived),
            by_layer.reference_archid(three, Lineage::kDerived));
  EXPECT_THAT(archid(three), ::testing::StartsWith("gpt2_flex_"));
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
  const Architecture uneven(gpt2_flex::family(), {3, 8, 50257, 1024, 5, 6, 6, 2, 1, 2});
  EXPECT_EQ(space.genome(uneven), std::nullopt) << "n_head is drawn once in this space";
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

TEST(PerLayerSpace, ReadsBackAsItIsWritten) {
  for (const char* yaml :
       {"", "n_head: {per_layer: true}\n", "d_inner: {choices: [5, 6], per_layer: false}\n",
        "inner_ratio_above: 0.25\n"}) {
    const SearchSpace space = space_of(yaml);
    const SearchSpace back = read_space(parse_yaml(to_yaml(space_json(space)), "s.yaml"));
    EXPECT_EQ(space_json(back), space_json(space));
    Rng ours(4), theirs(4);
    EXPECT_EQ(space.sample(ours), back.sample(theirs));
  }
  EXPECT_EQ(space_json(small())["d_inner"],
            (nlohmann::ordered_json{{"choices", {5, 6}}, {"per_layer", true}}));
  EXPECT_EQ(space_json(small())["n_head"],
            (nlohmann::ordered_json{{"choices", {1, 2}}, {"per_layer", false}}));
}

TEST(UniformSpace, HoldsTheMembersWithAlikeLayers) {
  std::set<Architecture> alike;
  for (const Architecture& member : members_of(small())) {
    if (all_alike(member.gene("d_inner"))) alike.insert(member);
  }
  EXPECT_EQ(members_of(small().uniform()), alike);
  EXPECT_EQ(alike.size(), 8U);
}

/// 1.7 * 4 = 6.8 leaves 7, 8, 13 and 14; 1.7 * 8 = 13.6 leaves 14 alone; 1.7 * 12 leaves nothing.
SearchSpace ruled(const std::string& more = "") {
  return space_of(
      "n_layer: [1, 2]\nd_model: [4, 8, 12]\nd_inner: [6, 7, 8, 13, 14]\nn_head: [1]\n" + more +
      "inner_ratio_above: 1.7\n");
}

// Of one layer 4 + 1 members, of two 4^2 + 1.
TEST(InnerRatioRule, LeavesTheMembersCountedByHand) {
  const auto members = members_of(ruled());
  EXPECT_EQ(members.size(), 4U + 1U + 16U + 1U);
  for (const Architecture& member : members) {
    for (const std::int32_t d_inner : member.gene("d_inner")) {
      EXPECT_GT(d_inner, 1.7 * member.scalar("d_model"));
    }
  }
}

// The paper's bound is strict where values are drawn: 1.7 * 640 is 1088 itself.
TEST(InnerRatioRule, IsStrict) {
  const SearchSpace space = space_of(
      "n_layer: [1]\nd_model: [640]\nd_inner: {min: 1024, max: 1152, step: 64}\nn_head: [2]\n"
      "inner_ratio_above: 1.7\n");
  std::set<std::int32_t> widths;
  for (const Architecture& member : members_of(space)) widths.insert(member.scalar("d_inner"));
  EXPECT_THAT(widths, ElementsAre(1152));
}

TEST(InnerRatioRule, HoldsForSamplesAndDrawsEveryMember) {
  const SearchSpace space = ruled();
  Rng rng(1);
  std::set<Architecture> seen;
  for (int i = 0; i < 2000; ++i) {
    const Architecture member = space.architecture(space.sample(rng));
    EXPECT_EQ(space.flaw(member), std::nullopt);
    EXPECT_EQ(space.genome(member).has_value(), true);
    seen.insert(member);
  }
  EXPECT_EQ(seen, members_of(space));
}

// A mutated d_model is drawn first, and mutated d_inner from what it leaves.
TEST(InnerRatioRule, MutatesWithinTheRule) {
  const SearchSpace space = ruled();
  Rng rng(3);
  const Genome parent = {2, 8, 8, 4, 1};
  for (int i = 0; i < 500; ++i) {
    const Genome all_new = space.mutate(parent, 1.0, rng);
    const bool none_left = all_new[3] == 12;
    EXPECT_EQ(space.flaw(space.architecture(all_new)).has_value(), none_left);
    if (all_new[3] == 8) {
      EXPECT_THAT(std::vector(all_new.begin() + 1, all_new.begin() + 3), Each(14));
    }
  }
}

TEST(InnerRatioRule, SaysWhoBreaksIt) {
  const SearchSpace space = ruled();
  EXPECT_EQ(space.flaw(space.architecture({2, 14, 13, 8, 1})),
            "d_inner 13 is not above 1.7 times d_model 8");
  EXPECT_EQ(space.genome(space.architecture({2, 14, 13, 8, 1})), std::nullopt);
  EXPECT_EQ(
      error_message([] { space_of("inner_ratio_above: 10\n"); }),
      "s.yaml:1:1: space has no member that can be built; the first fails because d_inner 128 "
      "is not above 10 times d_model 128");
  EXPECT_THAT(error_message([] { space_of("inner_ratio_above: -1\n"); }),
              HasSubstr("space.inner_ratio_above is '-1'; accepted: a number from 0 to 1000"));
}

// The published space of the paper: deep, with the rule; enumeration meets no member early.
TEST(InnerRatioRule, FindsMembersOfADeepSpace) {
  const SearchSpace space = space_of(
      "n_layer: [15]\nd_inner: {min: 128, max: 4032, step: 64}\nn_head: {per_layer: true}\n"
      "inner_ratio_above: 1.7\n");
  EXPECT_TRUE(space.has_member());
  Rng rng(1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(space.flaw(space.architecture(space.sample(rng))), std::nullopt);
  }
}

TEST(InnerRatioRule, IsForFamiliesWithOneWidthToo) {
  const SearchSpace space =
      read_space(parse_yaml("family: gpt2\ninner_ratio_above: 1.7\n", "s.yaml"));
  std::size_t expected = 0;  // n_layer * n_head * pairs of widths
  for (int d = 128; d <= 960; d += 64) {
    for (int inner = 128; inner <= 960; inner += 64) expected += inner > 1.7 * d ? 30 : 0;
  }
  EXPECT_EQ(members_of(space).size(), expected);
}

}  // namespace
}  // namespace lts::space

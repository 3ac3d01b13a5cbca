// Exact fronts merged layer by layer, beside every member looked at one by one.
#include "search/exact/layer_merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "search/exact/exact_front.h"
#include "search/run/run_regret.h"
#include "space/arch_argument.h"
#include "tests/expect_error.h"
#include "tests/search/fixtures.h"

namespace lts::search {
namespace {

using testing::error_message;

/// 2 x (6 + 36 + 216 + 1,296) members of up to four layers.
const std::string kSmall =
    "{family: gpt2_flex, n_layer: [1, 2, 3, 4], d_model: [64, 128], "
    "d_inner: {choices: [64, 128, 320], per_layer: true}, "
    "n_head: {choices: [2, 4], per_layer: true}}";
/// Neither linear nor growing in d_inner, in whole numbers, so that sums are exact in any order.
const std::string kTable =
    "per_layer: {d_inner*n_head: {64*2: 900, 64*4: 1000, 128*2: 1100, 128*4: 700, 320*2: 1500, "
    "320*4: 1750}, d_model: 3}";

SearchConfig config_of(const std::string& objectives, const std::string& space = kSmall,
                       const std::string& algorithm = "exact") {
  return config_from("space: " + space + "\nobjectives:\n" + objectives +
                     "search: {algorithm: " + algorithm + "}\n");
}

std::string two_objectives(const std::string& size_more = "", const std::string& cost_more = "") {
  return "  - {name: size, proxy: decoder_params, direction: maximize" + size_more +
         "}\n"
         "  - {name: latency, predictor: layer_cost, direction: minimize, " +
         kTable + cost_more + "}\n";
}

std::set<Point> brute_front(const SearchConfig& config) {
  const MemberTable all = member_table(config.space, config.objectives);
  std::set<Point> out;
  for (const std::size_t m : pareto_front(all.losses, Ties::kKeepFirst)) out.insert(all.losses[m]);
  return out;
}

/// The points of the merged front; they are apart.
std::set<Point> merged_front(const SearchConfig& config) {
  const auto members = merged_members(config.space, config.objectives).value();
  const MemberTable table = member_table(config.space, config.objectives, members);
  std::set<Point> out;
  for (const std::size_t m : pareto_front(table.losses, Ties::kKeepFirst)) {
    EXPECT_TRUE(out.insert(table.losses[m]).second);
  }
  return out;
}

TEST(LayerMerge, FindsEveryPointOfTheFrontOfAllMembers) {
  const std::string third =
      "  - {name: cost, predictor: layer_cost, direction: minimize, per_layer: {n_head: {2: 17, 4: "
      "11}, d_inner: {64: 5, 128: 50, 320: 6}}, per_model: {d_inner: 1}}\n";
  for (const std::string& objectives :
       {two_objectives(), two_objectives() + third,
        two_objectives() + "  - {name: flops, proxy: flops_per_token, direction: minimize}\n"}) {
    const SearchConfig config = config_of(objectives);
    EXPECT_EQ(merged_front(config), brute_front(config)) << objectives;
    EXPECT_GT(merged_front(config).size(), 10U) << objectives;
  }
}

TEST(LayerMerge, KeepsWhatIsOnTheFrontBecauseAConstraintRefusesTheBetter) {
  // Larger is better, and the largest are refused; quicker is better, and the quickest are refused.
  for (const auto& [size, latency] :
       {std::pair<std::string, std::string>{", constraint: {min: 120000, max: 300000}", ""},
        {"", ", constraint: {min: 2500, max: 4000}"},
        {", constraint: {max: 250000}", ", constraint: {min: 2000}"}}) {
    const SearchConfig config = config_of(two_objectives(size, latency));
    EXPECT_EQ(merged_front(config), brute_front(config)) << size << latency;
    EXPECT_GE(merged_front(config).size(), 3U) << size << latency;
    EXPECT_NE(brute_front(config), brute_front(config_of(two_objectives())));
  }
}

TEST(LayerMerge, KnowsTheRuleAndGenesThatAreDrawnOnce) {
  for (const std::string& space :
       {std::string(
            "{family: gpt2_flex, n_layer: [1, 2, 3], d_model: [64, 128], d_inner: {choices: "
            "[64, 128, 320], per_layer: true}, n_head: [2, 4]}"),
        std::string(
            "{family: gpt2_flex, n_layer: [1, 2, 3], d_model: [64, 128], d_inner: {choices: "
            "[64, 128, 320], per_layer: true}, n_head: {choices: [2, 4], per_layer: true}, "
            "inner_ratio_above: 1.7}")}) {
    const SearchConfig config = config_of(two_objectives(), space);
    EXPECT_EQ(merged_front(config), brute_front(config)) << space;
  }
}

TEST(LayerMerge, LeavesOutLayersThatATableHasNoEntryFor) {
  const SearchConfig config = config_of(
      "  - {name: size, proxy: decoder_params, direction: maximize}\n"
      "  - {name: latency, predictor: layer_cost, direction: minimize, per_layer: "
      "{d_inner*n_head: {64*2: 9, 128*2: 10, 320*4: 30}}}\n");
  EXPECT_EQ(merged_front(config), brute_front(config));
}

// A layer of d_model 64 has 4 * 64 * 64 + 9 * 64 parameters and 129 more a unit of d_inner: of two
// layers with 64 or 128 units at a cost of 1 and 5, three points, whichever layer is the wide one.
TEST(LayerMerge, IsOnePointWhicheverLayerIsTheWideOne) {
  const SearchConfig config = config_of(
      "  - {name: size, proxy: decoder_params, direction: maximize}\n"
      "  - {name: cost, predictor: layer_cost, direction: minimize, per_layer: {d_inner: {64: 1, "
      "128: 5}}}\n",
      "{family: gpt2_flex, n_layer: [2], d_model: [64], d_inner: {choices: [64, 128], per_layer: "
      "true}, n_head: [2]}");
  const double base = 2 * (4 * 64 * 64 + 9 * 64) + 2 * 64;
  const std::set<Point> expected = {
      {-(base + 129 * 128), 2}, {-(base + 129 * 192), 6}, {-(base + 129 * 256), 10}};
  EXPECT_EQ(merged_front(config), expected);
  EXPECT_EQ(merged_members(config.space, config.objectives).value().size(), 3U);
}

/// The published ranges, free in every layer: 10^17 members.
const std::string kFlex = "{family: gpt2_flex, n_head: {choices: [2, 4, 8], per_layer: true}}";
const std::string kGrowing =
    "  - {name: size, proxy: decoder_params, direction: maximize}\n"
    "  - {name: latency, predictor: layer_cost, direction: minimize, per_layer: "
    "{d_model*d_inner: 4, d_model*d_model: 8, n_head: {2: 90000, 4: 70000, 8: 150000}}}\n";

TEST(LayerMerge, IsWhatTheExactAlgorithmProposesInAVastSpace) {
  const SearchConfig config = config_of(kGrowing, kFlex);
  const Archive archive = run_in_memory(config);
  EXPECT_EQ(archive.front().size(), archive.evaluations().size());
  EXPECT_GT(archive.evaluations().size(), 500U);
  for (const Evaluation& evaluation :
       archive.evaluations()) {  // any other count of heads is slower
    EXPECT_THAT(evaluation.candidate.architecture.gene("n_head"), ::testing::Each(4));
  }
}

TEST(LayerMerge, TellsASearchHowFarItIs) {
  const SearchConfig config = config_of(
      kGrowing, kFlex, "random, iterations: 1, samples_per_iteration: 50, seed: 3, space_seed: 3");
  const std::map<std::string, Bounds> bounds = {{"size", {0, 1e8}}, {"latency", {0, 1e8}}};
  const auto known = run_regret(config, run_in_memory(config), bounds);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->members, std::nullopt);
  EXPECT_GT(known->regret.hypervolume_missing, 0);
  EXPECT_EQ(regret_json(*known, config.objectives).at("members"), nullptr);

  const SearchConfig exact = config_of(kGrowing, kFlex);
  const auto none = run_regret(exact, run_in_memory(exact), bounds);
  ASSERT_TRUE(none);
  EXPECT_EQ(none->regret.hypervolume_missing, 0);
  EXPECT_EQ(none->regret.share_found, 1);
}

// Values of which no two sums are equal, and a bound that refuses the small ones: all multisets of
// 42 options in ten layers are to be told apart.
TEST(LayerMerge, GivesUpAFrontThatIsTooLarge) {
  std::string table;
  Rng rng(1);
  for (int d_inner = 128; d_inner <= 960; d_inner += 64) {
    for (const int n_head : {2, 4, 8}) {
      table += (table.empty() ? "" : ", ") + std::to_string(d_inner) + "*" +
               std::to_string(n_head) + ": " + std::to_string(1 + rng.random());
    }
  }
  const auto config = [&](const std::string& algorithm) {
    return config_of(
        "  - {name: size, proxy: decoder_params, direction: maximize}\n"
        "  - {name: latency, predictor: layer_cost, direction: minimize, constraint: {min: 15}, "
        "per_layer: {d_inner*n_head: {" +
            table + "}}}\n",
        "{family: gpt2_flex, n_layer: [10], d_model: [64], n_head: {choices: [2, 4, 8], per_layer: "
        "true}}",
        algorithm);
  };
  EXPECT_THAT(error_message([&] { run_in_memory(config("exact")); }),
              ::testing::HasSubstr("the exact front is too large to merge"));
  const SearchConfig random = config("random, iterations: 1, samples_per_iteration: 5");
  EXPECT_EQ(run_regret(random, run_in_memory(random), {{"size", {0, 1}}, {"latency", {0, 1}}}),
            std::nullopt);
}

TEST(LayerMerge, RefusesWhatIsNoSumOverLayers) {
  const auto refused = [](const std::string& objective, const std::string& space = kFlex) {
    return error_message([&] { config_of("  - " + objective + "\n", space); });
  };
  const std::string too_many =
      "the space has 2.45e+17 combinations, more than the 1e+06 that algorithm exact enumerates; ";
  EXPECT_THAT(
      refused("{name: file, proxy: onnx_file_mib, direction: minimize}"),
      ::testing::HasSubstr(too_many + "of larger ones it merges the layers' fronts, and objective "
                                      "'file' is not a sum over layers"));
  EXPECT_THAT(refused("{name: size, proxy: decoder_params, direction: maximize}",
                      "{family: gpt2, n_layer: {min: 1, max: 100}, d_inner: {min: 64, max: 64000, "
                      "step: 64}}"),
              ::testing::HasSubstr("larger ones need genes that each layer draws (family: "
                                   "gpt2_flex, per_layer: true)"));
  EXPECT_THAT(refused("{name: size, proxy: decoder_params, direction: maximize}",
                      "{family: gpt2_flex, n_layer: {min: 1, max: 100}, d_inner: {min: 64, max: "
                      "64000, step: 64, per_layer: true}}"),
              ::testing::HasSubstr("with all layers alike it has"));
}

}  // namespace
}  // namespace lts::search

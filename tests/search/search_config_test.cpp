#include "search/search_config.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"
#include "tests/search/fixtures.h"

namespace lts::search {
namespace {

using testing::error_message;

const std::string kObjectives =
    "objectives: [{name: size, proxy: decoder_params, direction: maximize}]\n";

std::string refused(const std::string& more) {
  return error_message([&] { config_from(kObjectives + more); });
}

TEST(SearchConfig, HasThePublishedDefaults) {
  const SearchConfig config = config_from(kObjectives);
  EXPECT_EQ(config.space.size(), 5880);
  EXPECT_EQ(config.budget.iterations, 10);
  EXPECT_EQ(config.winners.count, 20);
  EXPECT_EQ(config.winners.spread, "size");
  EXPECT_EQ(config.ids, Ids::kCanonical);
  const auto& search = config.resolved.at("search");
  EXPECT_EQ(search.at("algorithm"), "evolution_pareto");
  EXPECT_EQ(search.at("initial_models"), 10);
  EXPECT_EQ(search.at("random_mix"), 5);
  EXPECT_EQ(search.at("max_unseen"), 100);
  EXPECT_EQ(search.at("mutations_per_parent"), 1);
  EXPECT_EQ(search.at("crossovers"), 5);
  EXPECT_EQ(search.at("mutation_probability"), 0.3);
  EXPECT_EQ(search.at("seed"), 1);
  EXPECT_EQ(search.at("space_seed"), 1);
  EXPECT_FALSE(search.contains("max_seconds"));
}

struct Refusal {
  const char* yaml;
  const char* message;
};

class RefusedSearch : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusedSearch, SaysWhereWhatAndWhatIsAccepted) {
  EXPECT_EQ(refused(GetParam().yaml), std::string("test.yaml:") + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Keys, RefusedSearch,
    ::testing::Values(
        Refusal{"serach: {}\n",
                "2:1: unknown key 'serach'; did you mean 'search'? Accepted: space, search, "
                "winners, hypervolume, objectives"},
        Refusal{"search: [1]\n", "2:9: search is a list; accepted: a map of keys"},
        Refusal{"search: {iterations: 0}\n",
                "2:22: search.iterations is '0'; accepted: an integer from 1 to 1000000"},
        Refusal{"search: {iterations: many}\n",
                "2:22: search.iterations is 'many'; accepted: an integer from 1 to 1000000"},
        Refusal{"search: {max_evaluations: 0}\n",
                "2:27: search.max_evaluations is '0'; accepted: an integer from 1 to 1000000000"},
        Refusal{"search: {max_seconds: -1}\n",
                "2:23: search.max_seconds is '-1'; accepted: a number from 0 to 1000000000"},
        Refusal{"search: {plateau: {windo: 2}}\n",
                "2:20: unknown key 'search.plateau.windo'; did you mean 'window'? Accepted: "
                "window, relative"},
        Refusal{"search: {plateau: {window: 0}}\n",
                "2:28: search.plateau.window is '0'; accepted: an integer from 1 to 1000000"},
        Refusal{"search: {plateau: {relative: 2}}\n",
                "2:30: search.plateau.relative is '2'; accepted: a number from 0 to 1"},
        Refusal{"search: {initial_models: 0}\n",
                "2:26: search.initial_models is '0'; accepted: an integer from 1 to 1000000"},
        Refusal{"search: {mutation_probability: 1.5}\n",
                "2:32: search.mutation_probability is '1.5'; accepted: a number from 0 to 1"},
        Refusal{"search: {seed: -1}\n",
                "2:16: search.seed is '-1'; accepted: an integer, at least 0"},
        Refusal{"search: {ids: cannonical}\n",
                "2:15: search.ids is 'cannonical'; did you mean 'canonical'? Accepted: canonical, "
                "reference"},
        Refusal{"search: {algorithm: nsga}\n",
                "2:21: search.algorithm is 'nsga'; did you mean 'nsga2'? Accepted: "
                "evolution_pareto, random, local_search, regularized_evolution, nsga2, exact"},
        Refusal{"search: {algorithm: random, ids: reference}\n",
                "2:34: search.ids is 'reference'; algorithm random accepts: canonical"},
        Refusal{"search: {algorithm: random, initial_models: 5}\n",
                "2:29: unknown key 'search.initial_models'; accepted: algorithm, iterations, "
                "max_evaluations, max_seconds, plateau, samples_per_iteration, seed, space_seed, "
                "ids, warm_start"},
        Refusal{"search: {algorithm: random, samples_per_iteration: 0}\n",
                "2:52: search.samples_per_iteration is '0'; accepted: an integer from 1 to "
                "1000000"},
        Refusal{"search: {algorithm: local_search, neighbour_share: 0}\n",
                "2:52: search.neighbour_share is '0'; accepted: a number from 0.001 to 1"},
        Refusal{"search: {algorithm: local_search, max_unseen: 0}\n",
                "2:47: search.max_unseen is '0'; accepted: an integer from 1 to 1000000"},
        Refusal{"search: {algorithm: regularized_evolution, population_size: 0}\n",
                "2:61: search.population_size is '0'; accepted: an integer from 1 to 1000000"},
        Refusal{"search: {algorithm: regularized_evolution, sample_size: 0}\n",
                "2:57: search.sample_size is '0'; accepted: an integer from 1 to 1000000"},
        Refusal{"search: {algorithm: regularized_evolution, children: x}\n",
                "2:54: search.children is 'x'; accepted: an integer from 1 to 1000000"},
        Refusal{"search: {algorithm: nsga2, crossover_probability: 2}\n",
                "2:51: search.crossover_probability is '2'; accepted: a number from 0 to 1"},
        Refusal{"search: {algorithm: nsga2, mutation_probability: -1}\n",
                "2:50: search.mutation_probability is '-1'; accepted: a number from 0 to 1"},
        Refusal{"winners: {count: 0}\n",
                "2:18: winners.count is '0'; accepted: an integer from 1 to 1000000"},
        Refusal{"winners: {spread: latency}\n",
                "2:19: winners.spread 'latency' is no objective; accepted: size"},
        Refusal{"hypervolume: {bounds: [1]}\n",
                "2:23: hypervolume.bounds must be a map of objectives to [low, high]"},
        Refusal{"hypervolume: {bounds: {sizes: [0, 1]}}\n",
                "2:24: hypervolume.bounds: 'sizes' is no objective; did you mean 'size'? Accepted: "
                "size"},
        Refusal{"hypervolume: {bounds: {size: 3}}\n",
                "2:30: hypervolume.bounds.size must be a list of two numbers, [low, high]"},
        Refusal{"hypervolume: {bounds: {size: [0, x]}}\n",
                "2:34: hypervolume.bounds.size is 'x'; accepted: a number"},
        Refusal{"hypervolume: {bounds: {size: [2, 1]}}\n",
                "2:30: hypervolume.bounds.size: low must be below high"},
        Refusal{"hypervolume: {bound: {}}\n",
                "2:15: unknown key 'hypervolume.bound'; did you mean 'bounds'? Accepted: bounds"}));

TEST(SearchConfig, NeedsObjectives) {
  EXPECT_EQ(error_message([] { config_from("search: {}\n"); }),
            "test.yaml:1:1: key 'objectives' is missing");
  EXPECT_EQ(error_message([] { config_from("objectives: []\n"); }),
            "test.yaml:1:13: objectives must be a list of one or more");
  EXPECT_EQ(error_message([] { config_from("objectives: {name: x}\n"); }),
            "test.yaml:1:13: objectives must be a list of one or more");
}

TEST(SearchConfig, RefusesMeasuredConstraintsInReferenceMode) {
  const auto profiler = std::make_shared<testing::FakeProfiler>();
  const std::string yaml = measured_yaml("search: {ids: reference}", ", constraint: {max: 1}");
  EXPECT_EQ(error_message([&] { config_from(yaml, profiler); }),
            "test.yaml:3:3: objective 'latency' is not free and has a constraint; ids: reference "
            "accepts constraints on free objectives only");
  EXPECT_NO_THROW(
      config_from(measured_yaml("search: {ids: canonical}", ", constraint: {max: 1}"), profiler));
}

}  // namespace
}  // namespace lts::search

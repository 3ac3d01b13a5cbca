#include <gtest/gtest.h>

#include "core/csv.h"
#include "core/digest.h"
#include "core/text.h"
#include "search/evaluation.h"
#include "tests/search/fixtures.h"

namespace lts::search {
namespace {

/// What a run of the reference's loop visits: ids per iteration, fronts, and the streams at the
/// end.
struct Trace {
  std::vector<std::string> ids, fronts, evaluated, front_sizes;
  double next_space_random = 0, next_algorithm_random = 0;
};

Trace run_trace(const SearchConfig& config) {
  Trace trace;
  Archive archive(config.objectives, Ties::kKeepFirst);
  const Problem problem = config.problem();
  const auto searcher = config.make_searcher(problem);
  for (int i = 0; i < config.budget.iterations; ++i) {
    std::vector<Candidate> population = searcher->ask(archive);
    auto outcomes = evaluate_free(population, config.objectives);
    trace.evaluated.push_back(std::to_string(population.size()));
    for (std::size_t c = 0; c < population.size(); ++c) {
      trace.ids.push_back(population[c].archid);
      archive.add(
          evaluate_measured(std::move(population[c]), std::move(outcomes[c]), config.objectives));
    }
    trace.front_sizes.push_back(std::to_string(archive.front().size()));
    for (const std::size_t index : archive.front()) {
      trace.fronts.push_back(archive.evaluations()[index].candidate.archid);
    }
  }
  searcher->ask(archive);  // the reference makes one more population and throws it away
  const auto state = searcher->state();
  trace.next_space_random = Rng::from_state(state.at("space_stream")).random();
  trace.next_algorithm_random = Rng::from_state(state.at("algorithm_stream")).random();
  return trace;
}

TEST(GoldenTrace, EqualsTheReferenceBitForBit) {
  const CsvTable golden = read_csv(LTS_SOURCE_DIR "/tests/data/golden_traces.csv");
  ASSERT_EQ(golden.rows.size(), 4U);
  for (const auto& row : golden.rows) {
    const auto at = [&](const char* column) { return row[golden.column(column)]; };
    SCOPED_TRACE(at("name"));
    const Trace trace = run_trace(config_from(golden_yaml(
        "{ids: reference, seed: " + at("seed") + ", space_seed: " + at("space_seed") +
            ", iterations: " + at("iterations") + ", initial_models: " + at("initial_models") + "}",
        "{family: " + at("family") + "}")));
    EXPECT_EQ(join(trace.evaluated, " "), at("evaluated"));
    EXPECT_EQ(sha1_hex(join(trace.ids, "\n")), at("sha1_of_ids"));
    if (at("family") == "gpt2") {  // no fronts were recorded of the other
      EXPECT_EQ(join(trace.front_sizes, " "), at("front_sizes"));
      EXPECT_EQ(sha1_hex(join(trace.fronts, "\n")), at("sha1_of_fronts"));
    }
    EXPECT_EQ(python_repr(trace.next_space_random), at("next_space_random"));
    EXPECT_EQ(python_repr(trace.next_algorithm_random), at("next_algorithm_random"));
  }
}

}  // namespace
}  // namespace lts::search

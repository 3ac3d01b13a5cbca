#include "search/forecast/forecast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/forecast/rehearsal.h"
#include "search/forecast/stand_in.h"
#include "search/run/saved_run.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

/// A configuration read with stand-ins, and what it foretells.
struct Foretold {
  explicit Foretold(const std::string& yaml)
      : config(read_search_config(parse_yaml(yaml, "test.yaml"), ".", stand_ins.maker())),
        found(forecast(config, stand_ins.hardware())) {}

  StandIns stand_ins;
  SearchConfig config;
  Forecast found;
};

/// 48 members on a device that takes at most a second and a half each.
std::string measured(const std::string& search, const std::string& device = "") {
  return "space: {n_layer: [1, 2, 3, 4], d_model: [64, 128, 192], d_inner: [64, 128], "
         "n_head: [1, 2], vocab_size: 100, max_sequence_length: 256}\n"
         "objectives:\n"
         "  - {name: size, proxy: decoder_params, direction: maximize}\n"
         "  - {name: latency, hardware: {stop: {max_seconds: 1.5}" +
         device +
         "}, direction: minimize}\n"
         "search: " +
         search + "\n";
}

std::uintmax_t size_of(const fs::path& folder) {
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) bytes += entry.file_size();
  return bytes;
}

// The real run is what the forecast is compared with.
TEST(Forecast, OfClosedFormsIsTheSearchItself) {
  for (const char* search :
       {"{iterations: 4}", "{iterations: 9, max_evaluations: 77}",
        "{iterations: 200, plateau: {window: 3, relative: 0.01}}",
        "{algorithm: nsga2, iterations: 3, population_size: 20}", "{ids: reference}"}) {
    const Foretold foretold(golden_yaml(search));
    const testing::TemporaryFolder folder;
    const RunResult run = run_search(foretold.config, {.folder = folder.path() / "run"});
    EXPECT_EQ(foretold.found.evaluations, run.archive.evaluations().size()) << search;
    EXPECT_EQ(foretold.found.end_reason, run.end_reason) << search;
    EXPECT_TRUE(foretold.found.evaluations_exact) << search;
    EXPECT_FALSE(foretold.found.time_at_most);
    EXPECT_EQ(foretold.found.members.members, 5424);
    const auto disk = static_cast<double>(size_of(folder.path()));
    EXPECT_NEAR(foretold.found.disk_bytes / disk, 1, 0.1) << search;
  }
}

// The last iteration is a whole one, cut short, for the rehearsal too.
TEST(Rehearsal, ClosesAsManyIterationsAsTheRun) {
  for (const char* search : {"{iterations: 9, max_evaluations: 77}", "{iterations: 4}",
                             "{iterations: 200, plateau: {window: 3, relative: 0.01}}"}) {
    const Foretold foretold(golden_yaml(search));
    const testing::TemporaryFolder folder;
    run_search(foretold.config, {.folder = folder.path() / "run"});
    EXPECT_EQ(rehearse(foretold.config, 0, 20'000).iteration_elapsed_s.size(),
              load_run(folder.path() / "run").iteration_elapsed_s.size())
        << search;
  }
}

// All that `exact` has to propose comes at once: a play that is cut there is not drawn out.
TEST(Rehearsal, OfASearchThatHasNoMoreToProposeIsWhole) {
  const Foretold foretold(golden_yaml("{algorithm: exact}"));
  const Rehearsal play = rehearse(foretold.config, 0, 10);
  EXPECT_GT(play.archive.evaluations().size(), 10U);
  EXPECT_EQ(play.end_reason, "exhausted");
  EXPECT_EQ(play.share, 1);
}

TEST(Forecast, EndsWhereASmallSpaceIsExhausted) {
  const Foretold foretold(measured("{algorithm: random, iterations: 100}"));
  EXPECT_EQ(foretold.found.evaluations, 48U);
  EXPECT_EQ(foretold.found.end_reason, "exhausted");
}

// By hand: 20 candidates and two for the bounds, a second and a half each.
TEST(Forecast, CountsTheSecondsOfEveryCandidate) {
  const Foretold foretold(measured("{algorithm: random, iterations: 2}"));
  EXPECT_EQ(foretold.found.evaluations, 20U);
  EXPECT_FALSE(foretold.found.evaluations_exact);
  EXPECT_TRUE(foretold.found.time_at_most);
  EXPECT_NEAR(foretold.found.time_s, 22 * 1.5, 1);
}

// Two devices that rest half a second after each: two seconds a candidate, shared by two; the
// bounds are given.
TEST(Forecast, SharesCandidatesOutAmongDevices) {
  const Foretold foretold(
      measured("{algorithm: random, iterations: 2}\nhypervolume: {bounds: {latency: [0, 1]}}",
               ", run: [measure.py], rest: {seconds: 0.5}, connection: {kind: ssh, hosts: [a, b], "
               "folder: /tmp/lts}"));
  EXPECT_NEAR(foretold.found.time_s, 20 * 1, 1);
}

TEST(Forecast, KeepsToABudgetOfSeconds) {
  const Foretold foretold(measured("{algorithm: random, iterations: 4, max_seconds: 30}"));
  EXPECT_EQ(foretold.found.evaluations, 20U);
  EXPECT_EQ(foretold.found.end_reason, "max_seconds");
  EXPECT_LE(foretold.found.time_s, 31.5);
}

TEST(Forecast, HoldsTheLargestCandidateInMemory) {
  const Foretold small(measured("{algorithm: random, iterations: 2}"));
  EXPECT_GT(small.found.memory_bytes, 1e6);
  const Foretold large(
      "space: {n_layer: [24], d_model: [2048], d_inner: [8192], n_head: [16]}\n"
      "objectives:\n  - {name: latency, hardware: {}, direction: minimize}\n"
      "search: {iterations: 1}\n");
  // 24 x (4 x 2048^2 + 2 x 2048 x 8192) weights and an embedding of 51,281 x 2048, four bytes each.
  const double weights = 4.0 * (24 * (4.0 * 2048 * 2048 + 2.0 * 2048 * 8192) + 51281.0 * 2048);
  EXPECT_GT(large.found.memory_bytes, weights);
  EXPECT_LT(large.found.memory_bytes, 1.5 * weights + 1e9);
}

TEST(Forecast, IgnoresConstraintsOnWhatIsNotMeasured) {
  const std::string yaml =
      measured_yaml("search: {algorithm: random, iterations: 100}", ", constraint: {max: 1.0e-9}");
  const Foretold foretold(yaml);
  EXPECT_EQ(foretold.found.evaluations, 48U);
}

// 1,000 iterations of 50: 20,000 are played, the rest is taken to go on alike.
TEST(Forecast, OfALongSearchIsDrawnOut) {
  const Foretold foretold(
      "space: {n_layer: {min: 1, max: 100}, d_model: {min: 1, max: 1000, step: 1}, d_inner: {min: "
      "1, "
      "max: 1000, step: 1}, n_head: [1], vocab_size: 10, max_sequence_length: 8}\n"
      "objectives:\n  - {name: size, proxy: decoder_params, direction: maximize}\n"
      "search: {algorithm: random, iterations: 1000, samples_per_iteration: 50}\n");
  EXPECT_EQ(foretold.found.evaluations, 50'000U);
  EXPECT_FALSE(foretold.found.evaluations_exact);
}

TEST(Forecast, OfALongSearchSaysWhichBudgetEndsIt) {
  const Foretold foretold(
      "space: {n_layer: {min: 1, max: 100}, d_model: {min: 1, max: 1000, step: 1}, d_inner: {min: "
      "1, max: 1000, step: 1}, n_head: [1], vocab_size: 10, max_sequence_length: 8}\n"
      "objectives:\n  - {name: size, proxy: decoder_params, direction: maximize}\n"
      "search: {algorithm: random, iterations: 1000, samples_per_iteration: 50, "
      "max_evaluations: 30000}\n");
  EXPECT_EQ(foretold.found.evaluations, 30'000U);
  EXPECT_EQ(foretold.found.end_reason, "max_evaluations");
}

TEST(StandIns, AnswerForEveryHardwareFileThatIsNamed) {
  StandIns stand_ins;
  const auto config =
      read_search_config(parse_yaml(measured("{}"), "test.yaml"), ".", stand_ins.maker());
  ASSERT_EQ(stand_ins.hardware().size(), 1U);
  EXPECT_EQ(stand_ins.hardware()[0].stop.max_seconds, 1.5);
  const auto outcome =
      config.objectives[1].evaluator->evaluate(config.space.architecture({4, 64, 64, 1}));
  EXPECT_TRUE(std::holds_alternative<predictor::Measurement>(outcome));
}

}  // namespace
}  // namespace lts::search

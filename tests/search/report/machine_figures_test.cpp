#include "search/report/machine_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/report/machine_section.h"
#include "tests/search/fixtures.h"

namespace lts::search {
namespace {

using predictor::Measurement;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kYaml =
    "space: {n_layer: [1, 2], d_model: [64], d_inner: [64], n_head: [1]}\n"
    "objectives:\n"
    "  - {name: expected, predictor: layer_cost, unit: s, direction: minimize, per_model: "
    "{n_layer: "
    "0.01}}\n"
    "  - {name: latency, hardware: {name: fake}, direction: minimize}\n";

Measurement measured(double value, double half, const std::string& verdict,
                     const std::string& machine = "m") {
  return {.value = value,
          .interval = Interval{value - half, value + half},
          .runs = 20,
          .verdict = verdict,
          .details = {{"latency", {{"slowdown", 1.1}}}, {"hardware", {{"cpu_model", machine}}}}};
}

/// A run whose evaluations have these (predicted, measured) values.
SavedRun run_of(const std::vector<std::pair<Measurement, Measurement>>& values) {
  SearchConfig config = config_from(kYaml, std::make_shared<testing::FakeProfiler>());
  SavedRun run{.folder = "runs/a", .config = config, .archive = {config.objectives, config.ties()}};
  Rng rng(1);
  for (const auto& [predicted, measurement] : values) {
    run.archive.add(
        {.candidate = {.genome = {},
                       .architecture = config.space.architecture(config.space.sample(rng)),
                       .archid = "id"},
         .values = {predicted, measurement}});
  }
  return run;
}

std::vector<std::pair<Measurement, Measurement>> three() {
  const auto predicted = [](double value) {
    return Measurement{.value = value, .interval = Interval{0.9 * value, 1.1 * value}};
  };
  return {{predicted(0.010), measured(0.0105, 0.0001, "clean")},
          {predicted(0.020), measured(0.0250, 0.0010, "noisy")},
          {predicted(0.040), measured(0.0400, 0.0004, "clean")}};
}

TEST(NoiseSummaries, CountVerdictsAndRelateIntervalsToValues) {
  const SavedRun run = run_of(three());
  const auto summaries = noise_summaries(std::span(&run, 1));
  ASSERT_THAT(summaries, SizeIs(1));
  const NoiseSummary& s = summaries.front();
  EXPECT_EQ(s.objective, "latency");
  EXPECT_EQ(s.run, "runs/a");
  EXPECT_EQ(s.measured, 3U);
  EXPECT_EQ(s.clean, 2U);
  EXPECT_EQ(s.noisy, 1U);
  EXPECT_EQ(s.cached, 0U);
  EXPECT_EQ(s.median_samples, 20);
  // 0.0001 / 0.0105, 0.001 / 0.025, 0.0004 / 0.04
  EXPECT_NEAR(*s.median_half_width, 0.01, 1e-12);
  EXPECT_NEAR(*s.worst_half_width, 0.04, 1e-12);
  EXPECT_NEAR(*s.worst_slowdown, 1.1, 1e-12);
}

TEST(NoiseFigures, ShowEachMeasurementByItsVerdict) {
  const SavedRun run = run_of(three());
  const auto figures = noise_figures(std::span(&run, 1));
  ASSERT_THAT(figures, SizeIs(1));
  EXPECT_EQ(figures.front().name, "latency_noise");
  const Chart& chart = figures.front().chart;
  EXPECT_EQ(chart.x_label, "latency (ms)");
  EXPECT_THAT(chart.dots[0].points, SizeIs(2));
  ASSERT_THAT(chart.dots[1].points, SizeIs(1));
  EXPECT_NEAR(chart.dots[1].points[0][0], 25, 1e-9);
  EXPECT_NEAR(chart.dots[1].points[0][1], 4, 1e-9);
  EXPECT_EQ(parse_csv(figures.front().csv, "t").columns,
            (std::vector<std::string>{"run", "archid", "latency", "latency_ci_low",
                                      "latency_ci_high", "half_width", "samples", "verdict"}));
}

TEST(PredictionFigures, SetPredictedAgainstMeasuredWithBothIntervals) {
  const SavedRun run = run_of(three());
  const auto figures = prediction_figures(std::span(&run, 1));
  ASSERT_THAT(figures, SizeIs(1));
  EXPECT_EQ(figures.front().name, "expected_predicts_latency");
  const Chart& chart = figures.front().chart;
  EXPECT_TRUE(chart.diagonal);
  EXPECT_EQ(chart.title, "2 of 3 measured values lie in their predicted interval");
  EXPECT_THAT(chart.bars.front().ends, SizeIs(6));
  EXPECT_NEAR(chart.bars.front().ends[0][0][0], 9, 1e-9);     // predicted, from
  EXPECT_NEAR(chart.bars.front().ends[0][1][0], 11, 1e-9);    // to
  EXPECT_NEAR(chart.bars.front().ends[1][0][1], 10.4, 1e-9);  // measured, from
  EXPECT_THAT(prediction_section(prediction_figures(std::span(&run, 1))),
              HasSubstr("2 of 3 measured values"));
}

std::string section_of(const SavedRun& run) {
  return machine_section(std::span(&run, 1), noise_figures(std::span(&run, 1)));
}

TEST(PredictionFigures, AreThereOnlyWhereAPredictedObjectiveIsMeasuredToo) {
  const SearchConfig config =
      config_from(measured_yaml(), std::make_shared<testing::FakeProfiler>());
  const SavedRun run{
      .folder = "runs/a", .config = config, .archive = {config.objectives, config.ties()}};
  EXPECT_THAT(prediction_figures(std::span(&run, 1)), SizeIs(0));
  EXPECT_EQ(prediction_section(prediction_figures(std::span(&run, 1))), "");
  EXPECT_THAT(section_of(run), HasSubstr("Nothing was measured"));
}

TEST(MachineSection, WarnsOfMeasurementsFromTwoMachines) {
  auto values = three();
  const std::string warning = "Not all measurements were made on one and the same machine";
  const SavedRun one = run_of(values);
  EXPECT_THAT(section_of(one), ::testing::Not(HasSubstr(warning)));
  EXPECT_THAT(section_of(one), HasSubstr("<td>m</td>"));
  values.back().second = measured(0.04, 0.0004, "clean", "another");
  const SavedRun two = run_of(values);
  EXPECT_THAT(section_of(two), HasSubstr(warning));
  EXPECT_THAT(section_of(two), HasSubstr("runs/a, device 2"));
}

}  // namespace
}  // namespace lts::search

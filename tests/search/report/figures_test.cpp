#include "search/report/figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/bounds.h"
#include "search/compare/history.h"
#include "search/member_table.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using ::testing::ElementsAre;
using testing::FakeProfiler;
using ::testing::SizeIs;

std::vector<std::string> names(std::span<const Figure> figures) {
  std::vector<std::string> out;
  for (const Figure& figure : figures) out.push_back(figure.name);
  return out;
}

std::vector<Figure> figures_of(const Archive& archive) {
  const NamedArchive run{.name = "runs/a", .archive = &archive};
  return front_figures(std::span(&run, 1));
}

/// An archive of two objectives, maximised size and minimised cost, with these points.
Archive archive_of(const std::vector<ChartPoint>& points, Status status = Status::kOk) {
  const SearchConfig config = config_from(
      "objectives:\n"
      "  - {name: size, predictor: layer_cost, direction: maximize, per_model: {n_layer: 1}}\n"
      "  - {name: cost, predictor: layer_cost, direction: minimize, per_model: {n_layer: 1}}\n");
  Archive archive(config.objectives, Ties::kKeepAll);
  Rng rng(1);
  for (const ChartPoint& point : points) {
    const auto architecture = config.space.architecture(config.space.sample(rng));
    archive.add({.candidate = {.genome = {},
                               .architecture = architecture,
                               .archid = "id" + std::to_string(archive.evaluations().size())},
                 .status = status,
                 .values = {{.value = point[0]}, {.value = point[1]}}});
  }
  return archive;
}

TEST(FrontFigures, AreOneForEachPairOfObjectives) {
  const Archive three = run_in_memory(config_from(golden_yaml("{iterations: 2}")));
  EXPECT_THAT(names(figures_of(three)),
              ElementsAre("non_embedding_params_vs_latency", "non_embedding_params_vs_memory",
                          "latency_vs_memory"));
  const Archive one = run_in_memory(
      config_from("objectives: [{name: size, proxy: decoder_params, direction: minimize}]\nsearch: "
                  "{iterations: 2}\n"));
  EXPECT_THAT(names(figures_of(one)), ElementsAre("size_over_evaluations"));
  EXPECT_EQ(figures_of(one).front().axes->x, Figure::kEvaluation);
}

TEST(FrontFigures, SeparateFrontRestAndWhatIsOutside) {
  Archive archive = archive_of({{1, 1}, {2, 2}, {1, 3}, {0, 1}});
  Archive outside = archive_of({{9, 0}}, Status::kInfeasible);
  archive.add(outside.evaluations().front());
  const Chart chart = figures_of(archive).front().chart;
  ASSERT_THAT(chart.dots, SizeIs(3));
  EXPECT_EQ(chart.dots[0].look, "seen");
  EXPECT_THAT(chart.dots[0].points, ElementsAre(ChartPoint{1, 3}, ChartPoint{0, 1}));
  EXPECT_EQ(chart.dots[1].look, "outside");
  EXPECT_THAT(chart.dots[1].points, ElementsAre(ChartPoint{9, 0}));
  EXPECT_EQ(chart.dots[2].look, "front");
  EXPECT_THAT(chart.dots[2].points, ElementsAre(ChartPoint{2, 2}, ChartPoint{1, 1}));
  ASSERT_THAT(chart.legend, SizeIs(3));
  EXPECT_EQ(chart.legend[2].text, "outside a constraint");
}

TEST(FrontFigures, OfTwoObjectivesShowTheBorderOfTheFront) {
  // Size is maximised: from (3, 9) the border runs at cost 9 down to size 2, then to cost 4.
  const Archive archive = archive_of({{2, 4}, {3, 9}, {1, 1}});
  const Chart chart = figures_of(archive).front().chart;
  ASSERT_THAT(chart.steps, SizeIs(1));
  EXPECT_THAT(chart.steps[0].points,
              ElementsAre(ChartPoint{3, 9}, ChartPoint{2, 4}, ChartPoint{1, 1}));
}

TEST(FrontFigures, HaveTheirNumbersAsCsv) {
  const Archive archive = archive_of({{1, 1}, {2, 2}, {1, 3}});
  EXPECT_EQ(figures_of(archive).front().csv,
            "size,cost,on_front,archid\n1.0,1.0,True,id0\n2.0,2.0,True,id1\n1.0,3.0,False,id2\n");
  const Archive other = archive_of({{5, 5}});
  const std::vector<NamedArchive> both = {{"a", &archive}, {"b", &other}};
  const Figure figure = front_figures(both).front();
  EXPECT_THAT(figure.csv, ::testing::StartsWith("run,size,cost,on_front,archid\na,1.0,1.0,True"));
  EXPECT_THAT(figure.csv, ::testing::EndsWith("b,5.0,5.0,True,id0\n"));
}

TEST(FrontFigures, OfSeveralRunsHaveAColourAndAClassEach) {
  const Archive a = archive_of({{1, 1}}), b = archive_of({{2, 1}});
  const std::vector<NamedArchive> both = {{"runs/a", &a}, {"runs/b", &b}};
  const Chart chart = front_figures(both).front().chart;
  EXPECT_EQ(chart.dots.back().look, "front run1 of1");
  ASSERT_THAT(chart.legend, SizeIs(2));
  EXPECT_EQ(chart.legend[0].text, "runs/a");
  EXPECT_EQ(chart.legend[1].look, "front run1 of1");
  EXPECT_EQ(colour_of(7, 9), "run1 of7");
  EXPECT_EQ(colour_of(0, 1), "");
}

TEST(ProgressFigures, ShowTheHypervolumeOfTheFrontSoFar) {
  const testing::TemporaryFolder folder;
  run_search(config_from(golden_yaml("{iterations: 4}")), {.folder = folder.path() / "a"});
  const SavedRun run = load_run(folder.path() / "a");
  const auto figures = progress_figures(std::span(&run, 1));
  EXPECT_THAT(names(figures), ElementsAre("hypervolume_over_evaluations", "hypervolume_over_time",
                                          "hypervolume_missing_over_evaluations"));
  const CsvTable table = parse_csv(figures[0].csv, "t");
  ASSERT_EQ(table.rows.size(), run.archive.evaluations().size());
  // Brute force: the archive of the first so many evaluations.
  Archive so_far(run.config.objectives, Ties::kKeepAll);
  double before = 0;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    so_far.add(run.archive.evaluations()[i]);
    const double volume = std::stod(table.rows[i][table.column("hypervolume")]);
    EXPECT_NEAR(volume, hypervolume_of(so_far, run.bounds), 1e-12);
    EXPECT_GE(volume, before);
    before = volume;
    EXPECT_EQ(table.rows[i][table.column("evaluated")], std::to_string(i + 1));
  }
  const auto& steps = figures[0].chart.steps.front().points;
  EXPECT_EQ(steps.back()[0], static_cast<double>(table.rows.size()));
  EXPECT_EQ(steps.back()[1], before);
}

TEST(ProgressFigures, ShowWhatIsMissingOfTheExactFrontWhereThatIsKnown) {
  const testing::TemporaryFolder folder;
  run_search(config_from(golden_yaml("{iterations: 4}")), {.folder = folder.path() / "a"});
  run_search(config_from(golden_yaml("{algorithm: exact}")), {.folder = folder.path() / "b"});
  const std::vector<SavedRun> runs = {load_run(folder.path() / "a"), load_run(folder.path() / "b")};
  const Figure figure = progress_figures(runs).back();
  // By hand: what all 5,424 members dominate together.
  const auto& objectives = runs[0].config.objectives;
  const MemberTable members = member_table(runs[0].config.space, objectives);
  const double whole = hypervolume(scaled_points(members.losses, objectives, runs[0].bounds));
  const CsvTable table = parse_csv(figure.csv, "t");
  const auto history = hypervolume_history(runs[0].archive, runs[0].bounds);
  for (std::size_t i = 0; i < history.size(); ++i) {
    EXPECT_NEAR(table.number(i, "hypervolume_missing"), 1 - history[i].hypervolume / whole, 1e-12);
  }
  EXPECT_NEAR(table.number(table.rows.size() - 1, "hypervolume_missing"), 0, 1e-12);
  run_search(config_from(measured_yaml(), std::make_shared<FakeProfiler>()),
             {.folder = folder.path() / "c"});
  const SavedRun measured = load_run(folder.path() / "c");
  EXPECT_THAT(names(progress_figures(std::span(&measured, 1))),
              ElementsAre("hypervolume_over_evaluations", "hypervolume_over_time"));
}

}  // namespace
}  // namespace lts::search

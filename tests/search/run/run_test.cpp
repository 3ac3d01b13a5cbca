#include "search/run/run.h"

#include <gtest/gtest.h>

#include "core/csv.h"
#include "core/text.h"
#include "space/arch_argument.h"
#include "tests/expect_error.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using testing::error_message;

class SearchRun : public ::testing::Test {
 protected:
  fs::path at(const std::string& name) const { return folder_.path() / name; }

  RunResult run(const SearchConfig& config, const std::string& name, bool resume = false) const {
    return run_search(config, {.folder = at(name), .resume = resume});
  }

  testing::TemporaryFolder folder_;
};

TEST_F(SearchRun, IsByteIdenticalWithTheSameSeeds) {
  const SearchConfig config = config_from(golden_yaml("{iterations: 5, seed: 3, space_seed: 4}"));
  run(config, "a");
  run(config, "b");
  EXPECT_EQ(read_file(at("a/front.csv")), read_file(at("b/front.csv")));
  EXPECT_EQ(csv_without(at("a/search_state.csv"), "search_walltime_hours"),
            csv_without(at("b/search_state.csv"), "search_walltime_hours"));
  EXPECT_EQ(csv_without(at("a/evaluations.csv"), "elapsed_s"),
            csv_without(at("b/evaluations.csv"), "elapsed_s"));
  EXPECT_GT(read_csv(at("a/front.csv")).rows.size(), 5U);
}

TEST_F(SearchRun, DiffersWithAnotherSeed) {
  run(config_from(golden_yaml("{iterations: 3, seed: 1}")), "a");
  run(config_from(golden_yaml("{iterations: 3, seed: 2}")), "b");
  EXPECT_NE(read_file(at("a/front.csv")), read_file(at("b/front.csv")));
}

TEST_F(SearchRun, LeavesTheFilesOfARunAndNoOthers) {
  run(config_from(golden_yaml("{iterations: 2}")), "a");
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(at("a"))) {
    names.insert(entry.path().filename().string());
  }
  EXPECT_EQ(names,
            (std::set<std::string>{".lock", "config.yaml", "environment.json", "evaluations.csv",
                                   "failures.csv", "front.csv", "journal.jsonl", "plots",
                                   "report.html", "search_state.csv", "winners"}));
  for (const char* pair :
       {"non_embedding_params_vs_latency", "latency_vs_memory", "non_embedding_params_vs_memory"}) {
    EXPECT_TRUE(fs::exists(at("a/plots") / (std::string(pair) + ".svg")));
    EXPECT_TRUE(fs::exists(at("a/plots") / (std::string(pair) + ".csv")));
  }
}

TEST_F(SearchRun, SaysWhatItFound) {
  const SearchConfig config = config_from(golden_yaml("{iterations: 4}"));
  const RunResult result = run(config, "a");
  EXPECT_EQ(result.end_reason, "iterations");
  EXPECT_EQ(result.archive.evaluations().size(), read_csv(at("a/evaluations.csv")).rows.size());
  EXPECT_EQ(result.archive.front().size(), read_csv(at("a/front.csv")).rows.size());
  EXPECT_GT(result.hypervolume, 0);
  EXPECT_LT(result.hypervolume, 1);
}

TEST_F(SearchRun, ShowsProgressOfEveryCandidate) {
  const SearchConfig config = config_from(golden_yaml("{iterations: 3}"));
  std::vector<Progress> seen;
  const RunResult result = run_search(
      config, {.folder = at("a"), .progress = [&](const Progress& p) { seen.push_back(p); }});
  ASSERT_EQ(seen.size(), result.archive.evaluations().size());
  EXPECT_EQ(seen.front().iteration, 1);
  EXPECT_EQ(seen.front().iterations, 3);
  EXPECT_EQ(seen.front().done, 1U);
  EXPECT_EQ(seen.front().population, 10U);
  EXPECT_EQ(seen.back().iteration, 3);
  EXPECT_EQ(seen.back().done, seen.back().population);
  EXPECT_EQ(seen.back().evaluated, seen.size());
  EXPECT_GT(seen.back().hypervolume, 0);
}

TEST_F(SearchRun, ConfigYamlIsAConfigurationThatResolvesToTheSame) {
  for (const std::string& yaml :
       {golden_yaml(
            "{iterations: 2, max_evaluations: 500, max_seconds: 99.5, plateau: {window: 9}}") +
            "winners: {count: 3, spread: memory}\nhypervolume: {bounds: {latency: [0.5, 1.0e9]}}\n",
        measured_yaml("search: {iterations: 1}",
                      ", constraint: {min: 0.001}, metric: latency.p90_s")}) {
    const auto profiler = std::make_shared<testing::FakeProfiler>();
    const SearchConfig config = config_from(yaml, profiler);
    fs::remove_all(at("a"));
    run(config, "a");
    const SearchConfig again = config_from(read_file(at("a/config.yaml")), profiler);
    EXPECT_EQ(again.resolved.dump(2), config.resolved.dump(2));
    EXPECT_NO_THROW(run(again, "a", true));
  }
}

TEST_F(SearchRun, WritesTheHardwareFileItNamesIntoConfigYaml) {
  const auto file = folder_.write("device.yaml", "threads: 3\nsequence_length: 32\n");
  const std::string yaml =
      "space: {n_layer: [1], d_model: [64], d_inner: [64, 128], n_head: [1], vocab_size: 100}\n"
      "objectives: [{name: latency, hardware: device.yaml, direction: minimize}]\n";
  const auto make = [](const predictor::HardwareConfig&) {
    return std::make_shared<testing::FakeProfiler>();
  };
  run(read_search_config(parse_yaml(yaml, "s.yaml"), folder_.path(), make), "a");
  const YamlNode written = load_yaml(at("a/config.yaml"));
  const YamlNode& objective = written.find("objectives")->items.at(0);
  ASSERT_EQ(objective.find("hardware")->kind, YamlNode::Kind::kMap);
  EXPECT_EQ(objective.find("hardware")->find("threads")->scalar, "3");
  EXPECT_EQ(objective.find("hardware")->find("name")->scalar, "device");
  EXPECT_EQ(objective.find("metric")->scalar, "latency.median_s");
}

TEST_F(SearchRun, WinnersAreArchitecturesOfTheCommandLine) {
  const RunResult result = run(config_from(golden_yaml("{iterations: 3}")), "a");
  const CsvTable winners = read_csv(at("a/winners/winners.csv"));
  ASSERT_GT(winners.rows.size(), 2U);
  for (std::size_t i = 0; i < winners.rows.size(); ++i) {
    const auto architecture =
        space::parse_arch_argument(at("a").string() + ":" + std::to_string(i), "");
    EXPECT_EQ(space::archid(architecture), winners.rows[i][winners.column("archid")]);
  }
}

TEST_F(SearchRun, RefusesAReferenceSearchWithoutAFirstPopulationBeforeTheFolder) {
  // One of 5,880 meets the bounds: five random populations of one miss it.
  const std::string yaml =
      "objectives: [{name: size, proxy: decoder_params, direction: minimize, constraint: {max: "
      "9.99e4}}]\n"
      "search: {ids: reference, initial_models: 1}\n";
  const std::string message = error_message([&] { run(config_from(yaml), "a"); });
  EXPECT_THAT(message, ::testing::StartsWith("test.yaml"));
  EXPECT_THAT(message, ::testing::HasSubstr("ids: canonical"));
  EXPECT_FALSE(fs::exists(at("a")));
}

}  // namespace
}  // namespace lts::search

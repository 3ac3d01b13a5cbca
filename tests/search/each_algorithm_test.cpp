// What holds for every algorithm, whatever it proposes.

#include "tests/search/each_algorithm.h"

#include <gmock/gmock.h>
#include <tbb/global_control.h>

#include <set>

#include "space/space_config.h"
#include "tests/fakes/function_evaluator.h"
#include "tests/search/fixtures.h"

namespace lts::search {
namespace {

using predictor::Cost;
using predictor::Failure;
using predictor::Measurement;
using predictor::Outcome;

INSTANTIATE_TEST_SUITE_P(Table, EachAlgorithm, ::testing::ValuesIn(EachAlgorithm::names()),
                         EachAlgorithm::name);

/// A space of 2 * 3 * 2 * 2 = 24 members, all buildable.
std::string tiny_yaml(const std::string& search) {
  return "space: {n_layer: [1, 2], d_model: [64, 128, 192], d_inner: [64, 128], n_head: [1, 2]}\n"
         "objectives:\n"
         "  - {name: size, proxy: decoder_params, direction: maximize}\n"
         "  - {name: memory, proxy: onnx_file_mib, direction: minimize}\n"
         "search: {" +
         search + "}\n";
}

SearchConfig golden(const std::string& search) {
  return config_from(golden_yaml("{" + search + "}"));
}

/// Whether configs/search holds a configuration with this algorithm that can be read as it stands.
bool has_example(const std::string& algorithm) {
  const fs::path folder = LTS_SOURCE_DIR "/configs/search";
  const auto fake = [](const auto&) { return std::make_shared<testing::FakeProfiler>(); };
  for (const auto& entry : fs::directory_iterator(folder)) {
    const YamlNode root = load_yaml(entry.path());
    const YamlNode* search = root.find("search");
    if (!search || !search->find("algorithm")) continue;
    const SearchConfig config = read_search_config(root, folder, fake);
    if (config.resolved.at("search").at("algorithm") == algorithm) return true;
  }
  return false;
}

TEST_P(EachAlgorithm, IsMadeFromItsDefaultsAndHasAnExample) {
  const SearchConfig config = golden("algorithm: " + GetParam());
  EXPECT_EQ(config.resolved.at("search").at("algorithm"), GetParam());
  EXPECT_GT(run_in_memory(config, Ties::kKeepAll, 2).evaluations().size(), 10U);
  EXPECT_TRUE(has_example(GetParam()));
}

TEST_P(EachAlgorithm, ResolvesToAConfigurationOfTheSameRun) {
  const SearchConfig config = golden(few_at_a_time(GetParam()) + ", iterations: 4");
  const SearchConfig again = config_from(config.resolved.dump());
  EXPECT_EQ(again.resolved.dump(2), config.resolved.dump(2));
  EXPECT_EQ(archids_of(run_in_memory(again)), archids_of(run_in_memory(config)));
}

TEST_P(EachAlgorithm, IsTheSameWithTheSameSeedsAndAnotherWithOthers) {
  if (!explores(GetParam())) GTEST_SKIP() << "computes where to look";
  const auto visited = [&](const std::string& seeds) {
    return archids_of(run_in_memory(golden(few_at_a_time(GetParam()) + ", iterations: 5" + seeds)));
  };
  EXPECT_EQ(visited(", seed: 3, space_seed: 4"), visited(", seed: 3, space_seed: 4"));
  EXPECT_NE(visited(", seed: 3, space_seed: 4"), visited(", seed: 5, space_seed: 4"));
  EXPECT_NE(visited(", seed: 3, space_seed: 4"), visited(", seed: 3, space_seed: 5"));
}

TEST_P(EachAlgorithm, IsTheSameWithOneThreadAndMany) {
  const SearchConfig config = golden("algorithm: " + GetParam() + ", iterations: 5");
  const auto run = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    const Archive archive = run_in_memory(config);
    const auto points = archive.ok_points();
    return std::tuple(archids_of(archive), archive.front(),
                      std::vector<Point>(points.begin(), points.end()));
  };
  EXPECT_EQ(run(1), run(8));
}

TEST_P(EachAlgorithm, ProposesEachMemberOnceAndOnlyWhatMeetsTheConstraints) {
  // Of the combinations n_head 3 and 5 fit few widths, and the bound leaves the smaller models out.
  const std::string yaml =
      "space: {n_head: [2, 3, 5, 8]}\nobjectives:\n"
      "  - {name: size, proxy: decoder_params, direction: maximize, constraint: {min: 5.0e6}}\n"
      "  - {name: memory, proxy: onnx_file_mib, direction: minimize}\nsearch: {iterations: 15, ";
  for (const char* seed : {"1", "2", "3"}) {
    const SearchConfig config = config_from(yaml + few_at_a_time(GetParam()) + ", seed: " + seed +
                                            ", space_seed: " + seed + "}\n");
    const Problem problem = config.problem();
    const Archive archive = run_in_memory(config);
    std::set<space::Architecture> seen;
    for (const Evaluation& evaluation : archive.evaluations()) {
      const Candidate& candidate = evaluation.candidate;
      EXPECT_TRUE(problem.admits(candidate.architecture));
      EXPECT_TRUE(seen.insert(candidate.architecture).second);
      EXPECT_EQ(candidate.archid, space::archid(candidate.architecture));
      EXPECT_EQ(config.space.architecture(candidate.genome), candidate.architecture);
    }
    EXPECT_GT(seen.size(), 50U);
  }
}

TEST_P(EachAlgorithm, CountsIterationsAndNamesParentsThatWereEvaluatedBefore) {
  if (!explores(GetParam())) GTEST_SKIP() << "computes where to look";
  const Archive archive = run_in_memory(golden(few_at_a_time(GetParam()) + ", iterations: 8"));
  std::map<std::string, int> iteration_of;
  int last = 0;
  for (const Evaluation& evaluation : archive.evaluations()) {
    const Candidate& candidate = evaluation.candidate;
    EXPECT_TRUE(candidate.iteration == last || candidate.iteration == last + 1);
    last = candidate.iteration;
    iteration_of[candidate.archid] = last;
    EXPECT_TRUE(candidate.parent.empty() || candidate.parents.empty());
    const auto comma = candidate.parents.find(',');
    for (const std::string& parent :
         {candidate.parent, candidate.parents.substr(0, comma),
          candidate.parents.empty() ? "" : candidate.parents.substr(comma + 1)}) {
      if (parent.empty()) continue;
      ASSERT_TRUE(iteration_of.contains(parent));
      EXPECT_LT(iteration_of.at(parent), last);
    }
  }
  EXPECT_EQ(last, 7);
}

TEST_P(EachAlgorithm, FindsEveryMemberOfASmallSpaceAndEnds) {
  if (!explores(GetParam())) GTEST_SKIP() << "computes where to look";
  const Archive archive =
      run_in_memory(config_from(tiny_yaml(few_at_a_time(GetParam()) + ", iterations: 1000")));
  EXPECT_EQ(archive.evaluations().size(), 24U);
  EXPECT_LT(archive.evaluations().back().candidate.iteration, 24);
}

TEST_P(EachAlgorithm, FindsTheFewMembersThatMeetAConstraint) {
  if (!explores(GetParam())) GTEST_SKIP() << "computes where to look";
  std::vector<double> sizes;
  const SearchConfig all = golden("algorithm: " + GetParam());
  all.space.enumerate([&](const space::Genome& genome) {
    const auto a = all.space.architecture(genome);
    sizes.push_back(static_cast<double>(a.family().counts(a).decoder_params()));
    return true;
  });
  std::ranges::sort(sizes);
  const double min = sizes[sizes.size() - 6];
  const auto meeting = std::ranges::count_if(sizes, [&](double size) { return size >= min; });
  ASSERT_GE(meeting, 6);
  const SearchConfig config = config_from(
      "objectives: [{name: size, proxy: decoder_params, direction: minimize, constraint: {min: " +
      std::to_string(static_cast<std::int64_t>(min)) +
      "}}]\nsearch: {iterations: 50, algorithm: " + GetParam() + "}\n");
  EXPECT_EQ(std::ssize(run_in_memory(config).evaluations()), meeting);
}

/// A run of an algorithm over a problem that has no configuration.
Archive run_problem(const std::string& algorithm, const Problem& problem,
                    const std::vector<predictor::Objective>& objectives, int iterations) {
  SearchConfig config = golden(few_at_a_time(algorithm));
  const auto searcher = config.make_searcher(problem);
  Archive archive(objectives, Ties::kKeepAll);
  for (int i = 0; i < iterations; ++i) {
    std::vector<Candidate> population = searcher->ask(archive);
    auto outcomes = evaluate_free(population, objectives);
    for (std::size_t c = 0; c < population.size(); ++c) {
      archive.add(evaluate_measured(std::move(population[c]), std::move(outcomes[c]), objectives));
    }
  }
  return archive;
}

TEST_P(EachAlgorithm, GoesOnWhereNothingHasAValue) {
  if (!explores(GetParam())) GTEST_SKIP() << "computes where to look";
  const SearchConfig config = golden(few_at_a_time(GetParam()));
  const std::vector<predictor::Objective> failing = {
      testing::objective("fails", Cost::kFree, [](auto&) -> Outcome {
        return Failure{"candidate", "no memory"};
      })};
  const Archive archive = run_problem(GetParam(), config.problem(), failing, 6);
  EXPECT_TRUE(archive.ok().empty());
  const auto ids = archids_of(archive);
  EXPECT_GT(ids.size(), 10U);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
}

TEST_P(EachAlgorithm, ProposesEachMemberOfAPerLayerSpaceOnce) {
  if (!explores(GetParam())) GTEST_SKIP() << "computes where to look";
  // Hidden entries differ between genomes of one architecture.
  const space::SearchSpace space = space::read_space(
      parse_yaml("{family: gpt2_flex, n_layer: [1, 2, 3], d_inner: [5, 6], d_model: [8], "
                 "n_head: [2, 4]}",
                 "s.yaml"));
  const Problem problem{.space = &space, .admits = [](auto&) { return true; }};
  const auto width = [](const space::Architecture& a) -> Outcome {
    double sum = 0;
    for (const std::int32_t d_inner : a.gene("d_inner")) sum += d_inner;
    return Measurement{sum};
  };
  const auto heads = [](const space::Architecture& a) -> Outcome {
    return Measurement{static_cast<double>(a.scalar("n_head")) / a.n_layer()};
  };
  const Archive archive = run_problem(GetParam(), problem,
                                      {testing::objective("width", Cost::kFree, width),
                                       testing::objective("heads", Cost::kFree, heads)},
                                      40);
  std::set<space::Architecture> seen;
  for (const Evaluation& evaluation : archive.evaluations()) {
    EXPECT_TRUE(seen.insert(evaluation.candidate.architecture).second);
  }
  EXPECT_EQ(seen.size(), (2 + 4 + 8) * 2U);
}

TEST_P(EachAlgorithm, FindsEveryMemberUnderTheRuleAndNoOther) {
  if (!explores(GetParam())) GTEST_SKIP() << "computes where to look";
  // 1.7 * 4 = 6.8 leaves 7, 8, 13 and 14; 1.7 * 8 = 13.6 leaves 14 alone; 1.7 * 12 leaves nothing.
  const SearchConfig config = config_from(
      "space: {family: gpt2_flex, n_layer: [1, 2], d_inner: [6, 7, 8, 13, 14], "
      "d_model: [4, 8, 12], n_head: {choices: [1, 2], per_layer: true}, inner_ratio_above: 1.7}\n"
      "objectives:\n"
      "  - {name: size, proxy: decoder_params, direction: maximize}\n"
      "  - {name: capacity, proxy: nsc, direction: minimize}\n"
      "search: {" +
      few_at_a_time(GetParam()) + ", iterations: 1000}\n");
  std::set<space::Architecture> seen;
  const Archive archive = run_in_memory(config);
  for (const Evaluation& evaluation : archive.evaluations()) {
    const space::Architecture& member = evaluation.candidate.architecture;
    EXPECT_EQ(config.space.flaw(member), std::nullopt);
    EXPECT_TRUE(seen.insert(member).second);
  }
  EXPECT_EQ(seen.size(), (4 + 1) * 2 + (16 + 1) * 4U);
}

TEST_P(EachAlgorithm, BreedsInThePapersDeepSpaceUnderTheRule) {
  if (!explores(GetParam())) GTEST_SKIP() << "computes where to look";
  const SearchConfig config = config_from(
      golden_yaml("{" + few_at_a_time(GetParam()) + ", iterations: 12}",
                  "{family: gpt2_flex, n_layer: {min: 2, max: 15}, d_inner: {min: 128, max: 4032, "
                  "step: 64}, n_head: {per_layer: true}, inner_ratio_above: 1.7}"));
  const Archive archive = run_in_memory(config);
  int children = 0;
  for (const Evaluation& evaluation : archive.evaluations()) {
    const Candidate& candidate = evaluation.candidate;
    EXPECT_EQ(config.space.flaw(candidate.architecture), std::nullopt);
    children += !candidate.parent.empty() || !candidate.parents.empty();
  }
  EXPECT_GT(archive.evaluations().size(), 40U);
  EXPECT_EQ(children > 20, GetParam() != "random") << children;
}

}  // namespace
}  // namespace lts::search

// Searches over a space whose layers differ: 10^17 members and more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <string>

#include "core/csv.h"
#include "search/bounds.h"
#include "search/run/run_tables.h"
#include "search/run/winners.h"
#include "space/arch_argument.h"
#include "tests/expect_error.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using testing::error_message;

const std::string kFlex = "{family: gpt2_flex, n_head: {choices: [2, 4, 8], per_layer: true}}";
const std::string kRuled =
    "{family: gpt2_flex, n_layer: {min: 2, max: 15}, d_inner: {min: 128, max: 4032, step: 64}, "
    "n_head: {per_layer: true}, inner_ratio_above: 1.7}";

/// Decoder parameters of L layers of GPT-2 that are all alike (reference/archai.md 1.3).
double alike_size(double L, double d, double I) {
  return L * (4 * d * d + 2 * d * I + 9 * d + I) + 2 * d;
}

TEST(PerLayerSearch, ProposesNoArchitectureTwiceAndNoneOutsideTheRule) {
  const SearchConfig config = config_from(golden_yaml("{iterations: 8}", kRuled));
  const Archive archive = run_in_memory(config);
  const auto ids = archids_of(archive);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
  int uneven = 0, mutated = 0, crossed = 0;
  for (const Evaluation& evaluation : archive.evaluations()) {
    const auto& [genome, architecture, archid, parent, parents, iteration] = evaluation.candidate;
    EXPECT_EQ(config.space.flaw(architecture), std::nullopt);
    EXPECT_EQ(space::archid(architecture), archid);
    uneven += !space::all_alike(architecture.gene("n_head"));
    mutated += !parent.empty();
    crossed += !parents.empty();
  }
  EXPECT_GT(uneven, 0);
  EXPECT_GT(mutated, 0);
  EXPECT_GT(crossed, 0);
}

TEST(PerLayerSearch, WritesEveryLayerOfAGeneIntoItsTables) {
  const SearchConfig config = config_from(golden_yaml("{iterations: 2}", kFlex));
  const Archive archive = run_in_memory(config);
  const CsvTable table = parse_csv(evaluations_csv(archive), "t");
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto at = [&](const char* column) { return table.rows[i][table.column(column)]; };
    const auto& architecture = archive.evaluations()[i].candidate.architecture;
    EXPECT_EQ(space::parse_arch_argument(
                  "gpt2_flex:n_layer=" + at("n_layer") + ",d_model=" + at("d_model") +
                      ",d_inner=" + at("d_inner") + ",n_head=" + at("n_head"),
                  ""),
              architecture);
    EXPECT_EQ(std::ranges::count(at("d_inner"), '|') + 1, architecture.n_layer());
  }
}

TEST(PerLayerSearch, WinnersBringTheCodeThatTheirConfigsName) {
  const SearchConfig config = config_from(golden_yaml("{iterations: 2}", kFlex));
  const Archive archive = run_in_memory(config);
  const testing::TemporaryFolder folder;
  const auto write = [&](int count) {
    const WinnersOptions options{.count = count, .spread = "latency"};
    write_winners(folder.path(), choose_winners(archive, options), archive);
    return read_csv(folder.path() / "winners.csv");
  };
  const std::string code = "modeling_gpt2_flex.py";
  const CsvTable three = write(3);
  EXPECT_TRUE(fs::exists(folder.path() / code));  // for subfolder=
  for (const auto& row : three.rows) {
    EXPECT_TRUE(fs::exists(folder.path() / row[1] / code));
    EXPECT_EQ(space::archid(space::parse_arch_argument((folder.path() / row[1]).string(), "")),
              row[1]);
  }
  write(2);
  EXPECT_FALSE(fs::exists(folder.path() / three.rows[1][1])) << "a winner no more";
}

TEST(PerLayerSearch, BoundsAreThoseOfTheExtremesWhichHaveAlikeLayers) {
  const auto bounds = fix_bounds(config_from(golden_yaml("{}", kFlex)));
  EXPECT_EQ(bounds.at("non_embedding_params").low, alike_size(1, 128, 128));
  EXPECT_EQ(bounds.at("non_embedding_params").high, alike_size(10, 960, 960));
  // 1.7 * 128 = 217.6 and 1.7 * 960 = 1632.
  const auto ruled = fix_bounds(config_from(golden_yaml("{}", kRuled)));
  EXPECT_EQ(ruled.at("non_embedding_params").low, alike_size(2, 128, 256));
  EXPECT_EQ(ruled.at("non_embedding_params").high, alike_size(15, 960, 4032));
}

// configs/search/paper-gpt2.yaml against reference/archai.md 5.2 to 5.4.
TEST(PerLayerSearch, OfThePaperHasItsSettings) {
  const fs::path file = LTS_SOURCE_DIR "/configs/search/paper-gpt2.yaml";
  const SearchConfig config =
      read_search_config(load_yaml(file), file.parent_path(),
                         [](const auto&) { return std::make_shared<testing::FakeProfiler>(); });
  double members = 0;
  for (int layers = 2; layers <= 15; ++layers) members += 14 * std::pow(62 * 3, layers);
  EXPECT_DOUBLE_EQ(config.space.size(), members);
  EXPECT_EQ(config.space.inner_ratio_above(), 1.7);
  EXPECT_EQ(config.objectives[0].constraint.min, 6e6);
  EXPECT_EQ(config.objectives[0].constraint.max, 1e8);
  EXPECT_EQ(config.objectives[1].constraint.max, 10);
  EXPECT_EQ(config.budget.iterations, 30);
  EXPECT_EQ(config.seed, 1111U);
  const auto& search = config.resolved.at("search");
  EXPECT_EQ(search.at("initial_models"), 100);
  EXPECT_EQ(search.at("mutation_probability"), 0.3);
  EXPECT_EQ(search.at("max_unseen"), 40 + 40);
}

std::string bounded(const std::string& constraint) {
  return "space: " + kFlex +
         "\nobjectives:\n  - {name: size, proxy: decoder_params, direction: maximize, "
         "constraint: " +
         constraint + "}\n";
}

// Twenty thousand random members do not come near the largest one.
TEST(PerLayerSearch, AcceptsABoundThatOnlyAlikeLayersMeet) {
  const auto largest = static_cast<std::int64_t>(alike_size(10, 960, 960));
  EXPECT_NO_THROW(config_from(bounded("{min: " + std::to_string(largest) + "}")));
  EXPECT_THAT(
      error_message([&] { config_from(bounded("{min: " + std::to_string(largest + 1) + "}")); }),
      ::testing::HasSubstr("of 25880 looked at, alike in all layers or at random, 25880 "
                           "fail size >= " +
                           std::to_string(largest + 1)));
}

}  // namespace
}  // namespace lts::search

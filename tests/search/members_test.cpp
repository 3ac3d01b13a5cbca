#include "search/members.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "search/member_rows.h"
#include "search/run/run_tables.h"
#include "space/family.h"
#include "tests/expect_error.h"
#include "tests/search/fixtures.h"

namespace lts::search {
namespace {

using space::Architecture;
using ::testing::EndsWith;
using testing::error_message;

/// 10^8 combinations; a depth of up to `most` layers, which is most hundredths of them.
std::string vast_yaml(int most) {
  return "space: {n_layer: {min: 1, max: 100}, d_model: {min: 1, max: 1000, step: "
         "1}, d_inner: {min: 1, max: 1000, step: 1}, n_head: [1], vocab_size: 10, "
         "max_sequence_length: 8}\n"
         "objectives:\n"
         "  - {name: size, proxy: decoder_params, direction: maximize}\n"
         "  - {name: depth, predictor: layer_cost, direction: minimize, per_model: {n_layer: 1}, "
         "constraint: {max: " +
         std::to_string(most) + "}}\n";
}

/// 48 combinations.
std::string small_yaml(const std::string& constraint = "") {
  return "space: {n_layer: [1, 2, 3, 4], d_model: [64, 128, 192], d_inner: [64, 128], "
         "n_head: [1, 2], vocab_size: 100, max_sequence_length: 256}\n"
         "objectives:\n"
         "  - {name: depth, predictor: layer_cost, direction: minimize, per_model: {n_layer: 1}" +
         constraint + "}\n";
}

// The published space and constraint: 5,880 combinations, of which 5,424 have 10^6 or more decoder
// parameters, counted here by their closed form.
TEST(CountMembers, IsExactWhereTheSpaceIsSmall) {
  const SearchConfig config = config_from(golden_yaml("{}"));
  int brute_force = 0;
  for (int layers = 1; layers <= 10; ++layers) {
    for (int d = 128; d <= 960; d += 64) {
      for (int inner = 128; inner <= 960; inner += 64) {
        const std::int64_t attention = 4 * d * d + 4 * d, ffn = 2 * d * inner + d + inner;
        const std::int64_t params = layers * (attention + ffn + 4 * d) + 2 * d;
        brute_force += params >= 1'000'000 ? 3 : 0;  // heads
      }
    }
  }
  const MemberCount count = count_members(config);
  EXPECT_EQ(count.combinations, 5880);
  EXPECT_EQ(count.members, brute_force);
  EXPECT_EQ(count.members, 5424);
  EXPECT_FALSE(count.ci95.has_value());
}

TEST(CountMembers, IsAnIntervalAroundTheTruthWhereTheSpaceIsVast) {
  for (const int most : {1, 25, 100}) {
    const MemberCount count = count_members(config_from(vast_yaml(most)));
    const double truth = most * 1e6;
    EXPECT_EQ(count.combinations, 1e8);
    EXPECT_EQ(count.draws, 20'000U);
    ASSERT_TRUE(count.ci95.has_value());
    EXPECT_LE(count.ci95->low, truth);
    EXPECT_GE(count.ci95->high, truth);
    EXPECT_LT(count.ci95->high - count.ci95->low, 0.02 * 1e8);
  }
}

// Wilson's interval of 20,000 out of 20,000: from 1 / (1 + z^2 / n) to 1.
TEST(CountMembers, KnowsThatAllOfASampleIsNotAll) {
  const MemberCount count = count_members(config_from(vast_yaml(100)));
  EXPECT_EQ(count.members, 1e8);
  EXPECT_NEAR(count.ci95->low, 1e8 / (1 + 3.8414588 / 20'000), 1);
  EXPECT_NEAR(count.ci95->high, 1e8, 1);
}

TEST(ForEachMember, VisitsThoseThatMeetTheConstraintsUntilItIsStopped) {
  const SearchConfig config = config_from(small_yaml(", constraint: {min: 2, max: 3}"));
  std::set<Architecture> members;
  for_each_member(config, [&](const Architecture& member) {
    EXPECT_THAT(member.n_layer(), ::testing::AnyOf(2, 3));
    return members.insert(member).second;
  });
  EXPECT_EQ(members.size(), 24U);
  int visited = 0;
  for_each_member(config, [&](const Architecture&) { return ++visited < 5; });
  EXPECT_EQ(visited, 5);
}

/// How often each of the members was in a sample.
std::map<Architecture, int> counts_of_samples(const SearchConfig& config, std::size_t count,
                                              int samples) {
  std::map<Architecture, int> counts;
  Rng rng(7);
  for (int i = 0; i < samples; ++i) {
    for (const Architecture& member : sample_members(config, count, rng)) ++counts[member];
  }
  return counts;
}

// 48 members, 3 of them 3,200 times: 200 times each, standard deviation 13.7.
TEST(SampleMembers, TakesEachMemberEquallyOften) {
  const auto counts = counts_of_samples(config_from(small_yaml()), 3, 3200);
  EXPECT_EQ(counts.size(), 48U);
  for (const auto& [member, count] : counts) EXPECT_NEAR(count, 200, 5 * 13.7);
}

TEST(SampleMembers, AreDistinctMeetTheConstraintsAndComeFromTheSeed) {
  for (const std::string& yaml : {small_yaml(", constraint: {max: 3}"), vast_yaml(3)}) {
    const SearchConfig config = config_from(yaml);
    Rng first(3), again(3), other(4);
    const auto sample = sample_members(config, 36, first);
    EXPECT_EQ(std::set<Architecture>(sample.begin(), sample.end()).size(), 36U);
    for (const Architecture& member : sample) EXPECT_LE(member.n_layer(), 3);
    EXPECT_EQ(sample, sample_members(config, 36, again));
    if (config.space.size() > 1000) {
      EXPECT_NE(sample, sample_members(config, 36, other));
    }
  }
}

TEST(SampleMembers, OfAVastSpaceAreDrawnEvenly) {
  const SearchConfig config = config_from(vast_yaml(4));
  Rng rng(1);
  std::map<int, int> layers;
  for (const Architecture& member : sample_members(config, 4000, rng)) ++layers[member.n_layer()];
  for (int n = 1; n <= 4; ++n) EXPECT_NEAR(layers[n], 1000, 5 * 27.4) << n;
}

TEST(SampleMembers, RefusesMoreThanThereAre) {
  Rng rng(1);
  const SearchConfig config = config_from(small_yaml(", constraint: {max: 1}"));
  EXPECT_EQ(sample_members(config, 12, rng).size(), 12U);
  EXPECT_EQ(error_message([&] { sample_members(config, 13, rng); }),
            "test.yaml: a sample of 13 was asked for; 12 members meet the free constraints");
}

TEST(SampleMembers, GivesUpWhereMembersAreTooRare) {
  SearchConfig config = config_from(vast_yaml(1));
  config.objectives[1].constraint.max = 0.5;
  Rng rng(1);
  EXPECT_EQ(error_message([&] { sample_members(config, 3, rng); }),
            "test.yaml: a sample of 3 was asked for; 0 members were found before 200,000 draws in "
            "a row brought no new one");
}

TEST(EvenDraw, CountsAndDrawsEveryCombination) {
  const SearchConfig config = config_from(small_yaml());
  const EvenDraw draw(config.space);
  EXPECT_EQ(draw.combinations(), 48);
  std::map<Architecture, int> counts;
  Rng rng(5);
  for (int i = 0; i < 9600; ++i) ++counts[draw(rng)];
  EXPECT_EQ(counts.size(), 48U);
  for (const auto& [member, count] : counts) EXPECT_NEAR(count, 200, 5 * 14);
}

class MemberRowsOf : public ::testing::Test {
 protected:
  std::vector<Architecture> members(const SearchConfig& config) {
    std::vector<Architecture> out;
    for_each_member(config, [&](const Architecture& member) {
      out.push_back(member);
      return true;
    });
    return out;
  }
};

TEST_F(MemberRowsOf, ASearchSaysWhatEvaluationsCsvSays) {
  const SearchConfig config = config_from(golden_yaml("{iterations: 1, initial_models: 5}"));
  const MemberRows table(config);
  const CsvTable evaluations = parse_csv(evaluations_csv(run_in_memory(config)), "evaluations");
  const auto line = [&](const std::string& archid, const std::vector<std::string>& row) {
    for (std::size_t c = 0; c < table.columns().size(); ++c) {
      EXPECT_EQ(row[c], evaluations.rows[0][evaluations.column(table.columns()[c])])
          << archid << " " << table.columns()[c];
    }
  };
  std::string csv = csv_line(table.columns());
  for (const std::string& one : table.csv_lines(members(config))) csv += one;
  const CsvTable listed = parse_csv(csv, "members");
  EXPECT_EQ(listed.rows.size(), 5424U);
  const std::string& wanted = evaluations.rows[0][evaluations.column("archid")];
  const auto found = std::ranges::find(listed.rows, wanted, [](const auto& row) { return row[0]; });
  ASSERT_NE(found, listed.rows.end());
  line(wanted, *found);
}

TEST_F(MemberRowsOf, MeasuredObjectivesHaveNoColumn) {
  const auto profiler = std::make_shared<testing::FakeProfiler>();
  const SearchConfig config = config_from(measured_yaml(), profiler);
  const MemberRows table(config);
  const auto& columns = table.columns();
  EXPECT_NE(std::ranges::find(columns, "size"), columns.end());
  EXPECT_EQ(std::ranges::find(columns, "latency"), columns.end());
  EXPECT_THAT(table.csv_lines(members(config)), ::testing::SizeIs(48));
  EXPECT_EQ(profiler->calls(), 0U);
}

// error_quantiles as a fit writes them: 90 % of measurements within a tenth.
TEST_F(MemberRowsOf, APredictionWithAnIntervalHasThreeColumns) {
  const SearchConfig config = config_from(
      "space: {n_layer: [2], d_model: [64], d_inner: [64], n_head: [1], vocab_size: 100, "
      "max_sequence_length: 256}\n"
      "objectives:\n"
      "  - {name: latency, predictor: layer_cost, direction: minimize, per_model: {n_layer: 4}, "
      "error_quantiles: {0.9: 0.125}}\n");
  const MemberRows table(config);
  const auto json = nlohmann::json::parse(table.json_lines(members(config)).at(0));
  EXPECT_EQ(json.at("latency"), 8);
  EXPECT_EQ(json.at("latency_ci_low"), 7);
  EXPECT_EQ(json.at("latency_ci_high"), 9);
  EXPECT_EQ(json.at("n_layer"), 2);
  EXPECT_TRUE(json.at("archid").is_string());
  EXPECT_EQ(json.size(), table.columns().size());
}

TEST_F(MemberRowsOf, APerLayerGeneIsAListWhateverTheDepth) {
  const SearchConfig config = config_from(
      "space: {family: gpt2_flex, n_layer: [1, 2], d_model: [64], d_inner: [64], n_head: [1]}\n"
      "objectives: [{name: size, proxy: decoder_params, direction: maximize}]\n");
  const auto lines = MemberRows(config).json_lines(members(config));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(nlohmann::json::parse(lines[0]).at("d_inner"), nlohmann::json::array({64}));
  EXPECT_EQ(nlohmann::json::parse(lines[1]).at("d_inner"), nlohmann::json::array({64, 64}));
}

// A table without an entry for the value: no value.
TEST_F(MemberRowsOf, AValueThatIsNotThereIsEmptyAndNull) {
  const SearchConfig config = config_from(
      "space: {n_layer: [1, 2, 3], d_model: [64], d_inner: [64], n_head: [1], vocab_size: 100, "
      "max_sequence_length: 256}\n"
      "objectives:\n"
      "  - {name: cost, predictor: layer_cost, direction: minimize, per_model: {n_layer: {1: 5, "
      "2: 6}}}\n");
  const MemberRows table(config);
  const auto all = members(config);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_THAT(table.csv_lines(all).at(1), EndsWith(",6\n"));
  EXPECT_THAT(table.csv_lines(all).at(2), EndsWith(",\n"));
  EXPECT_TRUE(nlohmann::json::parse(table.json_lines(all).at(2)).at("cost").is_null());
}

}  // namespace
}  // namespace lts::search

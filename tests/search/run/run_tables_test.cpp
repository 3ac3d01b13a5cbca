#include "search/run/run_tables.h"

#include <gtest/gtest.h>

#include "core/csv.h"
#include "core/text.h"
#include "search/run/columns.h"
#include "space/family.h"
#include "tests/search/fixtures.h"

namespace lts::search {
namespace {

using testing::FakeProfiler;

std::vector<std::string> header(const std::string& csv) {
  return split(csv.substr(0, csv.find('\n')), ',');
}

class RunTables : public ::testing::Test {
 protected:
  std::shared_ptr<FakeProfiler> profiler_ = std::make_shared<FakeProfiler>();
  SearchConfig config_ = config_from(measured_yaml(), profiler_);
  Archive archive_ = run_in_memory(config_, Ties::kKeepAll, 2);
};

TEST_F(RunTables, SearchStateHasTheReferencesColumns) {
  EXPECT_EQ(header(search_state_csv(archive_, {})),
            (std::vector<std::string>{"archid", "size", "latency", "parent", "parents",
                                      "iteration_num", "search_walltime_hours", "is_pareto"}));
}

TEST_F(RunTables, SearchStateHasOneWallTimePerIterationAndPythonsBooleans) {
  const CsvTable table = parse_csv(search_state_csv(archive_, {3600, 9000}), "t");
  ASSERT_EQ(table.rows.size(), archive_.evaluations().size());
  int front = 0;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto& row = table.rows[i];
    EXPECT_EQ(row[table.column("archid")], archive_.evaluations()[i].candidate.archid);
    const bool first = row[table.column("iteration_num")] == "0";
    EXPECT_EQ(row[table.column("search_walltime_hours")], first ? "1.0" : "2.5");
    const std::string& pareto = row[table.column("is_pareto")];
    EXPECT_TRUE(pareto == "True" || pareto == "False");
    front += pareto == "True";
  }
  EXPECT_EQ(front, std::ssize(archive_.front()));
}

TEST_F(RunTables, EvaluationsHaveTheColumnsOfTheContractInOrder) {
  const auto columns = header(evaluations_csv(archive_));
  std::vector<std::string> expected = {"index", "archid"};
  for (const auto& spec : config_.space.family().genes()) expected.emplace_back(spec.name);
  expected.emplace_back("dropatt");
  for (const char* name : {"decoder_params",
                           "attention_params",
                           "ffn_params",
                           "embedding_params",
                           "total_params",
                           "flops_per_token",
                           "kv_cache_bytes_per_token",
                           "weight_bytes",
                           "onnx_file_mib",
                           "onnx_file_mib_no_past",
                           "balanced",
                           "nsc",
                           "size",
                           "size_ci_low",
                           "size_ci_high",
                           "size_runs",
                           "size_verdict",
                           "latency",
                           "latency_ci_low",
                           "latency_ci_high",
                           "latency_runs",
                           "latency_verdict",
                           "status",
                           "reason",
                           "parent",
                           "parents",
                           "iteration_num",
                           "elapsed_s"}) {
    expected.emplace_back(name);
  }
  EXPECT_EQ(columns, expected);
  expected.pop_back();
  EXPECT_EQ(header(front_csv(archive_)), expected);
}

TEST_F(RunTables, ValuesHaveRoundTripDigitsAndAbsentOnesAreEmpty) {
  const CsvTable table = parse_csv(evaluations_csv(archive_), "t");
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto& row = table.rows[i];
    const auto& values = archive_.evaluations()[i].values;
    EXPECT_EQ(row[table.column("index")], std::to_string(i));
    EXPECT_EQ(std::stod(row[table.column("latency")]), values[1].value);
    EXPECT_EQ(row[table.column("latency_ci_low")], row[table.column("latency")]);
    EXPECT_EQ(row[table.column("size_ci_low")], "");
    EXPECT_EQ(row[table.column("size_runs")], "");
    EXPECT_EQ(row[table.column("size")], row[table.column("decoder_params")]);
    EXPECT_EQ(row[table.column("size")].find('.'), std::string::npos);
  }
}

TEST(ArchitectureColumns, AreEmptyForAClosedFormThatTheFamilyDoesNotHave) {
  const space::Architecture llama(space::family_named("llama"), {1, 8, 8, 2, 1, 10, 6});
  std::vector<std::string> columns, fields;
  append_architecture_columns(columns, llama.family(), {});
  append_architecture(fields, "id", llama, {});
  ASSERT_EQ(fields.size(), columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c)
    EXPECT_EQ(fields[c].empty(), columns[c].starts_with("onnx_file_mib")) << columns[c];
}

TEST_F(RunTables, FrontIsSortedByTheFirstObjective) {
  const CsvTable table = parse_csv(front_csv(archive_), "t");
  ASSERT_GT(table.rows.size(), 1U);
  for (std::size_t i = 1; i < table.rows.size(); ++i) {
    EXPECT_LE(std::stod(table.rows[i - 1][table.column("size")]),
              std::stod(table.rows[i][table.column("size")]));
  }
}

TEST(RunTablesOfNothing, HaveTheirHeaders) {
  const SearchConfig config = config_from(golden_yaml("{}"));
  const Archive archive(config.objectives, Ties::kKeepAll);
  EXPECT_EQ(failures_csv(archive), "archid,kind,reason\n");
  EXPECT_EQ(parse_csv(front_csv(archive), "t").rows.size(), 0U);
  EXPECT_EQ(parse_csv(search_state_csv(archive, {}), "t").columns.size(), 9U);
}

}  // namespace
}  // namespace lts::search

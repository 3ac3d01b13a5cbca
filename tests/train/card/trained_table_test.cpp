#include "train/card/trained_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/csv.h"
#include "core/file.h"
#include "tests/expect_error.h"
#include "tests/train/card/hand_written_run.h"

namespace lts::train {
namespace {

using lts::testing::error_message;
using lts::testing::TemporaryFolder;

CsvTable table_of(const TrainedModels& trained, const SearchValues& search = {}) {
  return parse_csv(trained_table(trained, search), "trained.csv");
}

std::string cell(const CsvTable& table, std::size_t row, const std::string& column) {
  return table.rows[row][table.column(column)];
}

// Counted by hand: L (4 d^2 + 4 d) = 8448, L (2 d I + d + I) = 6304, norms 320.
TEST(TrainedTable, HasTheColumnsOfThePapersTables) {
  const TemporaryFolder folder;
  HandWrittenRun(folder).finished();
  const auto table = table_of(read_trained_models(folder.path() / "run"));
  ASSERT_EQ(table.rows.size(), 1u);
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"set", "run"},
      {"n_layer", "2"},
      {"d_model", "32"},
      {"n_head", "2"},
      {"d_inner", "48"},
      {"attn_params", "8448"},
      {"ffn_params", "6304"},
      {"nonembedding_params", "15072"},
      {"total_params", "1656064"},
      {"embedding_params", "1640992"},
      {"steps", "24"},
      {"tokens", "1152"},
      {"valid_ppl", "20.085536923187668"}};
  for (const auto& [column, value] : expected) EXPECT_EQ(cell(table, 0, column), value) << column;
  EXPECT_EQ(cell(table, 0, "arch").substr(0, 5), "gpt2_");
}

TEST(TrainedTable, LeavesEmptyWhatAFamilyDoesNotHave) {
  const TemporaryFolder folder;
  HandWrittenRun(folder, "a").finished();
  HandWrittenRun(folder, "b", "n_layer: 2, d_model: 32, d_inner: [48, 64], n_head: 2", "gpt2_flex")
      .finished();
  HandWrittenRun(folder, "c", "n_layer: 2, d_model: 32, d_inner: 48, n_head: 4, n_kv_head: 2",
                 "llama")
      .finished();
  const auto table = table_of(read_trained_models(folder.path()));
  EXPECT_EQ(cell(table, 0, "n_kv_head"), "");
  EXPECT_EQ(cell(table, 1, "d_inner"), "48|64");
  EXPECT_EQ(cell(table, 2, "n_kv_head"), "2");
}

TEST(TrainedTable, AddsWhatTheSearchFoundOut) {
  const TemporaryFolder folder;
  HandWrittenRun(folder, "a").finished();
  HandWrittenRun(folder, "b").finished();
  SearchValues search{.columns = {{.name = "latency", .values = {0.0125, std::nullopt}}}};
  const auto trained = read_trained_models(folder.path());
  const auto table = table_of(trained, search);
  EXPECT_EQ(cell(table, 0, "latency"), "0.0125");
  EXPECT_EQ(cell(table, 1, "latency"), "");
  search.columns.front().name = "tokens";
  EXPECT_EQ(error_message([&] { trained_table(trained, search); }),
            "the search has an objective 'tokens', which is another column of trained.csv");
}

TEST(TrainedTable, ReplacesOnlyItsOwn) {
  const TemporaryFolder folder;
  HandWrittenRun(folder).finished();
  check_table_place(folder.path() / "trained.csv");
  const auto text = trained_table(read_trained_models(folder.path() / "run"), {});
  check_table_place(folder.write("trained.csv", text));
  const auto other = folder.write("trained.csv", "date,loss\n");
  EXPECT_EQ(error_message([&] { check_table_place(other); }),
            other.string() + ": is no table of lts card; --overwrite replaces it");
}

}  // namespace
}  // namespace lts::train

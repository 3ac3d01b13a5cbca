#include "space/gene_cells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "space/family.h"
#include "tests/expect_error.h"

namespace lts::space {
namespace {

using ::testing::ElementsAre;
using testing::error_message;

constexpr GeneSpec kWidth = {.name = "d_model"};
constexpr GeneSpec kInner = {.name = "d_inner", .shape = GeneShape::kPerLayer};

TEST(GeneCell, ReadsNumbersAsPeopleAndPandasWriteThem) {
  EXPECT_THAT(gene_cell("64", kWidth, 3, {}), ElementsAre(64));
  EXPECT_THAT(gene_cell(" 64.0 ", kWidth, 3, {}), ElementsAre(64));
  EXPECT_THAT(gene_cell("256|512|128", kInner, 3, {}), ElementsAre(256, 512, 128));
  EXPECT_THAT(gene_cell("256", kInner, 3, {}), ElementsAre(256, 256, 256));
  EXPECT_THAT(gene_cell("1|2|3|4", kInner, 3, {}), ElementsAre(1, 2, 3));
}

TEST(GeneCell, RefusesWhatIsNoGeneWithTheLine) {
  const auto refusal = [](const std::string& cell, const GeneSpec& gene) {
    return error_message([&] { gene_cell(cell, gene, 3, {"t.csv", 7}); });
  };
  for (const char* cell : {"", "x", "0", "-2", "1.5", "2e6"}) {
    EXPECT_EQ(refusal(cell, kWidth),
              std::string("t.csv:7: d_model is '") + cell + "'; accepted: a positive integer");
  }
  EXPECT_EQ(refusal("256|x|1", kInner),
            "t.csv:7: d_inner is '256|x|1'; accepted: a positive integer, or one a layer: 256|512");
  EXPECT_EQ(refusal("1|2", kWidth), "t.csv:7: d_model has 2 entries; accepted: one");
  EXPECT_EQ(refusal("1|2", kInner),
            "t.csv:7: d_inner has 2 entries; accepted: one, or one for each of 3 layers");
}

TEST(RowArchitecture, TakesConstantsWithoutAColumnFromAnother) {
  const Architecture like(family_named("gpt2_flex"), {1, 64, 97, 128, 64, 2});
  const CsvTable table = parse_csv(
      "d_inner,n_layer,d_model,n_head,max_sequence_length,loss\n256|512,2,64,4,32,1.5\n", "t.csv");
  EXPECT_EQ(row_architecture(table, 0, like),
            Architecture(family_named("gpt2_flex"), {2, 64, 97, 32, 256, 512, 4, 4}));
}

TEST(RowArchitecture, SaysWhichColumnIsMissing) {
  const Architecture like(family_named("gpt2_flex"), {1, 64, 97, 128, 64, 2});
  const CsvTable table = parse_csv("n_layer,d_model,n_head,inner\n2,64,4,256\n", "t.csv");
  EXPECT_THAT(error_message([&] { row_architecture(table, 0, like); }),
              ::testing::StartsWith("t.csv: has no column 'd_inner'; did you mean 'inner'?"));
}

}  // namespace
}  // namespace lts::space

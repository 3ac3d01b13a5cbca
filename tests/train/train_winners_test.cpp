#include "tests/train/training_fixture.h"
#include "train/winners.h"

namespace lts::train {
namespace {

using ::testing::HasSubstr;

constexpr const char* kTable = "index,archid,why\n0,gpt2_a,first\n1,gpt2_b,last\n";

std::string gene_file(int n_layer) {
  return "family: gpt2\nn_layer: " + std::to_string(n_layer) +
         "\nd_model: 128\nd_inner: 256\nn_head: 4\n";
}

class Winners : public ::testing::Test {
 protected:
  Winners() {
    folder_.write("winners/winners.csv", kTable);
    folder_.write("winners/gpt2_a.yaml", gene_file(3));
    folder_.write("winners/gpt2_b.yaml", gene_file(5));
  }
  std::string error_with(const std::string& only) {
    return error_message([&] { read_winners(folder_.path(), only); });
  }
  TemporaryFolder folder_;
};

TEST_F(Winners, AreReadInTheOrderOfTheTable) {
  const auto winners = read_winners(folder_.path(), "");
  ASSERT_EQ(winners.size(), 2u);
  EXPECT_EQ(winners[0].archid, "gpt2_a");
  EXPECT_EQ(winners[1].architecture.n_layer(), 5);
}

TEST_F(Winners, AreChosenByIndex) {
  const auto winners = read_winners(folder_.path(), "1");
  ASSERT_EQ(winners.size(), 1u);
  EXPECT_EQ(winners[0].index, 1);
}

TEST_F(Winners, NameAnIndexThatIsNotThere) {
  EXPECT_THAT(error_with("0-2"), HasSubstr("--only names index 2; "));
  EXPECT_THAT(error_with("0-2"), HasSubstr("winners.csv has 0 to 1"));
}

TEST_F(Winners, NameWhatIsNoListOfIndices) {
  EXPECT_EQ(error_with("0,x"), "--only is '0,x'; accepted: indices and ranges of them, as 0,3-5");
  EXPECT_EQ(error_with("3-1"), "--only is '3-1': 3-1 goes down; accepted: as 0,3-5");
  EXPECT_THAT(error_with("-1"), HasSubstr("--only is '-1'"));
}

TEST_F(Winners, NameWhatIsMissing) {
  fs::remove(folder_.path() / "winners" / "gpt2_b.yaml");
  EXPECT_THAT(error_with(""), HasSubstr("winners/gpt2_b.yaml: cannot be opened"));
  const TemporaryFolder empty;
  EXPECT_THAT(error_message([&] { read_winners(empty.path(), ""); }),
              HasSubstr("holds no winners/winners.csv; the folder of a finished search"));
}

TEST_F(Winners, NameAForeignTable) {
  folder_.write("winners/winners.csv", "a,b\n1,2\n");
  EXPECT_THAT(error_with(""), HasSubstr("winners.csv"));
  folder_.write("winners/winners.csv", "index,archid\n");
  EXPECT_THAT(error_with(""), HasSubstr("names no winner"));
  folder_.write("winners/winners.csv", "index,archid\n0,../../etc\n");
  EXPECT_THAT(error_with(""), HasSubstr("archid '../../etc' is no name of a folder"));
  folder_.write("winners/winners.csv", "index,archid\nfirst,gpt2_a\n");
  EXPECT_THAT(error_with(""), HasSubstr("index 'first' is no integer"));
}

TEST(ParseIndices, SortsAndDropsDoubles) {
  EXPECT_EQ(parse_indices("5,0,3-5"), (std::vector<std::int64_t>{0, 3, 4, 5}));
}

}  // namespace
}  // namespace lts::train

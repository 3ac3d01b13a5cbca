#include "search/run/winners.h"

#include <gtest/gtest.h>

#include <map>

#include "core/csv.h"
#include "core/file.h"
#include "space/arch_argument.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

/// An archive whose front has these sizes (more is better, at a price that grows with them).
Archive front_of(const std::vector<double>& sizes) {
  const SearchConfig config = config_from(
      "objectives:\n"
      "  - {name: size, proxy: decoder_params, direction: maximize}\n"
      "  - {name: price, predictor: layer_cost, direction: minimize, per_model: {n_layer: 1}}\n");
  Archive archive(config.objectives, Ties::kKeepAll);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const auto architecture = space::parse_arch_argument(
        "gpt2:n_layer=" + std::to_string(i + 1) + ",d_model=64,d_inner=64,n_head=2", "");
    archive.add({.candidate = {.genome = {},
                               .architecture = architecture,
                               .archid = space::archid(architecture)},
                 .values = {{.value = sizes[i]}, {.value = sizes[i]}}});
  }
  return archive;
}

std::vector<double> chosen(const std::vector<double>& sizes, int count) {
  const Archive archive = front_of(sizes);
  std::vector<double> out;
  for (const Winner& winner : choose_winners(archive, {.count = count, .spread = "size"})) {
    out.push_back(archive.evaluations()[winner.evaluation].values[0].value);
  }
  return out;
}

using Sizes = std::vector<double>;

TEST(Winners, AreSpreadEvenlyOverTheRangeWithBothEnds) {
  // Targets for 3 of [0, 100]: 0, 50, 100; for 5: 0, 25, 50, 75, 100.
  EXPECT_EQ(chosen({100, 1, 0, 2, 3, 40, 48}, 3), (Sizes{0, 48, 100}));
  EXPECT_EQ(chosen({100, 1, 0, 2, 3, 40, 48}, 5), (Sizes{0, 3, 40, 48, 100}));
}

TEST(Winners, AreAllMembersOfASmallFront) {
  EXPECT_EQ(chosen({7, 3, 5}, 3), (Sizes{3, 5, 7}));
  EXPECT_EQ(chosen({7, 3, 5}, 20), (Sizes{3, 5, 7}));
  EXPECT_EQ(chosen({}, 5), Sizes{});
}

TEST(Winners, OfOneIsTheSmallest) {
  EXPECT_EQ(chosen({7, 3, 5}, 1), Sizes{3});
  EXPECT_EQ(chosen({7, 3, 5}, 2), (Sizes{3, 7}));
}

TEST(Winners, SayWhyTheyWereChosen) {
  const Archive archive = front_of({0, 45, 100, 60});
  const auto winners = choose_winners(archive, {.count = 3, .spread = "size"});
  ASSERT_EQ(winners.size(), 3U);
  EXPECT_EQ(winners[0].why, "smallest size");
  EXPECT_EQ(winners[1].why, "nearest to 50 of size");
  EXPECT_EQ(winners[2].why, "largest size");
}

class WinnersFolder : public ::testing::Test {
 protected:
  void write(const std::vector<double>& sizes, int count) {
    const Archive archive = front_of(sizes);
    write_winners(at_, choose_winners(archive, {.count = count, .spread = "size"}), archive);
  }

  testing::TemporaryFolder folder_;
  fs::path at_ = folder_.path() / "winners";
};

TEST_F(WinnersFolder, HoldsATableAnArchitectureAndAHuggingFaceConfigEach) {
  write({10, 30, 20.5}, 20);
  const CsvTable table = read_csv(at_ / "winners.csv");
  EXPECT_EQ(table.columns, (std::vector<std::string>{"index", "archid", "size", "price", "why"}));
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.rows[1][2], "20.5");
  const std::vector<int> layers = {1, 3, 2};  // ascending in size
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(table.rows[i][0], std::to_string(i));
    const std::string& archid = table.rows[i][1];
    const auto architecture = space::parse_arch_argument((at_ / (archid + ".yaml")).string(), "");
    EXPECT_EQ(architecture.n_layer(), layers[i]);
    EXPECT_EQ(space::archid(architecture), archid);
    EXPECT_EQ(space::parse_arch_argument((at_ / archid / "config.json").string(), "").n_layer(),
              layers[i]);
  }
}

TEST_F(WinnersFolder, LosesFilesOfEarlierWinnersButNothingElse) {
  write({10, 20, 30}, 3);
  const std::string dropped = read_csv(at_ / "winners.csv").rows[1][1];
  folder_.write("winners/notes.txt", "mine");
  write({10, 20, 30}, 2);
  EXPECT_FALSE(fs::exists(at_ / (dropped + ".yaml")));
  EXPECT_FALSE(fs::exists(at_ / dropped));
  EXPECT_EQ(read_file(at_ / "notes.txt"), "mine");
  write({10, 20, 30}, 3);
  folder_.write("winners/" + dropped + "/model.safetensors", "trained here");
  write({10, 20, 30}, 2);
  EXPECT_EQ(read_file(at_ / dropped / "model.safetensors"), "trained here");
}

}  // namespace
}  // namespace lts::search

#include "search/pick.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using testing::error_message;

/// A run folder written by hand: sizes 10, 20, 30 (more is better), latencies 0.01, 0.03, 0.05.
class Pick : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("config.yaml",
                  "space: {family: gpt2}\nobjectives:\n"
                  "  - {name: size, proxy: decoder_params, direction: maximize}\n"
                  "  - {name: latency, hardware: {}, direction: minimize}\n");
    write_front({{"1", "10", "0.01"}, {"2", "20", "0.03"}, {"3", "30", "0.05"}});
  }

  void write_front(const std::vector<std::array<std::string, 3>>& rows) {
    std::string csv =
        "index,archid,n_layer,vocab_size,max_sequence_length,d_inner,d_model,n_head,dropatt,size,"
        "latency,latency_verdict\n";
    for (const auto& [layers, size, latency] : rows) {
      csv += layers + ",id" + layers + "," + layers + ",100,64,64,64,2,0," + size + "," + latency +
             ",clean\n";
    }
    folder_.write("front.csv", csv);
  }

  std::vector<std::string> picked(const PickOptions& options) {
    std::vector<std::string> ids;
    for (const auto& member : pick(folder_.path(), options).front) ids.push_back(member.archid);
    return ids;
  }

  testing::TemporaryFolder folder_;
};

using Ids = std::vector<std::string>;

TEST_F(Pick, RanksByTheFirstObjectiveInItsDirection) {
  EXPECT_EQ(picked({}), (Ids{"id3", "id2", "id1"}));
  EXPECT_FALSE(pick(folder_.path(), {}).next_better);
}

TEST_F(Pick, RanksByAnyColumn) {
  EXPECT_EQ(picked({.best = "latency"}), (Ids{"id1", "id2", "id3"}));
  EXPECT_EQ(picked({.best = "n_layer"}), (Ids{"id1", "id2", "id3"}));
}

TEST_F(Pick, KeepsTheBoundsAndTheirEnds) {
  EXPECT_EQ(picked({.max = {{"latency", 0.03}}}), (Ids{"id2", "id1"}));
  EXPECT_EQ(picked({.max = {{"latency", 0.03}}, .min = {{"size", 20}}}), (Ids{"id2"}));
  EXPECT_EQ(picked({.min = {{"n_layer", 2}}, .top = 1}), (Ids{"id3"}));
}

TEST_F(Pick, TellsTheNextBetterOneAndByHowMuchItMisses) {
  const PickResult result = pick(folder_.path(), {.max = {{"latency", 0.02}}});
  ASSERT_EQ(result.front.size(), 1U);
  ASSERT_TRUE(result.next_better);
  EXPECT_EQ(result.next_better->archid, "id2");
  EXPECT_EQ(result.next_better->misses, "latency is 0.03, 0.01 above 0.02");
}

TEST_F(Pick, TellsTheBestOneWhereNoneMeetsTheBounds) {
  const PickResult result =
      pick(folder_.path(), {.max = {{"latency", 0.001}}, .min = {{"size", 40}}});
  EXPECT_TRUE(result.front.empty());
  ASSERT_TRUE(result.next_better);
  EXPECT_EQ(result.next_better->archid, "id3");
  EXPECT_EQ(result.next_better->misses,
            "latency is 0.05, 0.049 above 0.001; size is 30, 10 below 40");
}

TEST_F(Pick, GivesArchitecturesAndValues) {
  const PickedMember best = pick(folder_.path(), {}).front.front();
  EXPECT_EQ(space::summary(best.architecture), "gpt2:n_layer=3,d_model=64,d_inner=64,n_head=2");
  EXPECT_EQ(best.architecture.scalar("vocab_size"), 100);
  EXPECT_EQ(best.objectives, (nlohmann::ordered_json{{"size", 30.0}, {"latency", 0.05}}));
}

TEST_F(Pick, OfAnEmptyFrontIsNothing) {
  write_front({});
  const PickResult result = pick(folder_.path(), {.max = {{"latency", 1}}});
  EXPECT_TRUE(result.front.empty());
  EXPECT_FALSE(result.next_better);
}

TEST_F(Pick, RefusesUnknownColumnsEvenOfAnEmptyFront) {
  for (const bool empty : {false, true}) {
    if (empty) write_front({});
    const std::string begin = (folder_.path() / "front.csv").string() + ": ";
    EXPECT_THAT(error_message([&] {
                  picked({.max = {{"latencey", 1}}});
                }),
                ::testing::AllOf(::testing::StartsWith(begin), ::testing::HasSubstr("latencey"),
                                 ::testing::HasSubstr("latency")));
    EXPECT_THAT(error_message([&] { picked({.best = "sise"}); }),
                ::testing::AllOf(::testing::StartsWith(begin), ::testing::HasSubstr("sise")));
  }
}

TEST_F(Pick, RefusesColumnsThatAreNoNumbers) {  // the best row, in line 4, is looked at first
  EXPECT_EQ(error_message([&] {
              picked({.max = {{"latency_verdict", 1}}});
            }),
            (folder_.path() / "front.csv").string() +
                ":4: column 'latency_verdict' is 'clean', not a number");
}

TEST_F(Pick, RefusesAFrontWithABrokenGene) {
  folder_.write("front.csv",
                "archid,n_layer,vocab_size,max_sequence_length,d_inner,d_model,n_head,dropatt,size,"
                "latency\nx,1,100,64,wide,64,2,0,1,1\n");
  EXPECT_EQ(error_message([&] { picked({}); }),
            (folder_.path() / "front.csv").string() + ":2: gene 'd_inner' is 'wide'");
}

TEST_F(Pick, RefusesWhatIsNoRun) {
  const fs::path nowhere = folder_.path() / "nowhere";
  EXPECT_EQ(error_message([&] { pick(nowhere, {}); }),
            nowhere.string() + ": is no folder of a search run");
  fs::remove(folder_.path() / "front.csv");
  EXPECT_THAT(
      error_message([&] { picked({}); }),
      ::testing::StartsWith((folder_.path() / "front.csv").string() + ": cannot be opened"));
  folder_.write("config.yaml", "steps: 100\n");
  folder_.write("front.csv", "archid\n");
  EXPECT_EQ(
      error_message([&] { picked({}); }),
      (folder_.path() / "config.yaml").string() + ":1:1: is not the configuration of a search run");
}

TEST_F(Pick, ReadsTheFrontOfARun) {
  const fs::path run = folder_.path() / "run";
  const RunResult result = run_search(config_from(golden_yaml("{iterations: 3}")), {.folder = run});
  const PickResult all = pick(run, {.top = 1000});
  ASSERT_EQ(all.front.size(), result.archive.front().size());
  for (const auto& member : all.front) {
    EXPECT_EQ(space::archid(member.architecture), member.archid);
  }
}

}  // namespace
}  // namespace lts::search

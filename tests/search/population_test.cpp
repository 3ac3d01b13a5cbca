#include "search/population.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/search/fixtures.h"

namespace lts::search {
namespace {

/// 24 members, all buildable, of which 12 have two layers.
const std::string kTiny =
    "space: {n_layer: [1, 2], d_model: [64, 128, 192], d_inner: [64, 128], n_head: [1, 2]}\n"
    "objectives: [{name: size, proxy: decoder_params, direction: maximize}]\n";

class PopulationOfATinySpace : public ::testing::Test {
 protected:
  Evaluation evaluated(const space::Genome& genome) const {
    Population one(problem_, archive_);
    EXPECT_TRUE(one.add(genome));
    return {.candidate = std::move(one).take().front(), .values = {{.value = 1}}};
  }

  SearchConfig config_ = config_from(kTiny);
  Problem problem_ = config_.problem();
  Archive archive_{config_.objectives, Ties::kKeepAll};
};

TEST_F(PopulationOfATinySpace, TakesAMemberOnceAndNoneOfTheArchive) {
  archive_.add(evaluated({1, 64, 64, 1}));
  Population population(problem_, archive_);
  EXPECT_FALSE(population.add({1, 64, 64, 1}));
  EXPECT_TRUE(population.add({2, 64, 64, 1}, "mother"));
  EXPECT_FALSE(population.add({2, 64, 64, 1}));
  EXPECT_TRUE(population.add({2, 128, 64, 1}, "", "mother,father"));
  const std::vector<Candidate> members = std::move(population).take();
  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(members[0].parent, "mother");
  EXPECT_EQ(members[1].parents, "mother,father");
  EXPECT_EQ(members[1].architecture, config_.space.architecture({2, 128, 64, 1}));
  EXPECT_EQ(members[1].archid, space::archid(members[1].architecture));
  Population other(problem_, archive_, members);  // the rest of the same population
  EXPECT_FALSE(other.add({2, 64, 64, 1}));
}

TEST_F(PopulationOfATinySpace, TakesOnlyWhatTheProblemAdmits) {
  problem_.admits = [](const space::Architecture& a) { return a.n_layer() == 2; };
  Population population(problem_, archive_);
  EXPECT_FALSE(population.add({1, 64, 64, 1}));
  Rng rng(1);
  population.draw(100, rng);
  EXPECT_EQ(population.size(), 12U);
}

TEST_F(PopulationOfATinySpace, DrawsAsManyAsAskedForAndThenAllThatAreLeft) {
  Rng rng(1);
  Population population(problem_, archive_);
  population.draw(5, rng);
  EXPECT_EQ(population.size(), 5U);
  population.fill(5, rng);
  EXPECT_EQ(population.size(), 5U);
  population.fill(7, rng);
  EXPECT_EQ(population.size(), 7U);
  population.draw(1'000'000, rng);
  EXPECT_EQ(population.size(), 24U);
}

TEST_F(PopulationOfATinySpace, DrawsEachMemberAsOften) {
  Rng rng(3);
  std::map<std::string, int> drawn;
  for (int i = 0; i < 2400; ++i) {
    Population population(problem_, archive_);
    population.draw(1, rng);
    ++drawn[std::move(population).take().front().archid];
  }
  ASSERT_EQ(drawn.size(), 24U);
  for (const auto& [id, count] : drawn) EXPECT_NEAR(count, 100, 40);
}

TEST_F(PopulationOfATinySpace, FindsARareMemberThatDrawingMisses) {
  const SearchConfig published =
      config_from("objectives: [{name: s, proxy: decoder_params, direction: minimize}]\n");
  Problem problem = published.problem();
  const space::Architecture rare = published.space.architecture({7, 832, 576, 8});
  problem.admits = [&](const space::Architecture& a) { return a == rare; };
  Rng rng(1);
  Population population(problem, archive_);
  population.draw(3, rng);
  ASSERT_EQ(population.size(), 1U);
  EXPECT_EQ(std::move(population).take().front().architecture, rare);
}

TEST_F(PopulationOfATinySpace, GivesUpInASpaceThatIsTooLargeToEnumerate) {
  const SearchConfig vast = config_from(
      "space: {n_layer: {min: 1, max: 100}, d_model: {min: 64, max: 6400, step: 64}, "
      "d_inner: {min: 64, max: 6400, step: 64}, n_head: [2, 4]}\n"
      "objectives: [{name: s, proxy: decoder_params, direction: minimize}]\n");
  ASSERT_GT(vast.space.size(), 1e6);
  Problem problem = vast.problem();
  problem.admits = [](auto&) { return false; };
  Rng rng(1);
  Population population(problem, archive_);
  population.draw(1, rng);
  EXPECT_EQ(population.size(), 0U);
}

TEST_F(PopulationOfATinySpace, ShufflesAndCuts) {
  std::set<std::string> first;
  Rng rng(1);
  for (int i = 0; i < 50; ++i) {
    Population population(problem_, archive_);
    for (const std::int32_t width : {64, 128, 192}) population.add({1, 64, width, 1});
    population.shuffle_and_cut(2, rng);
    EXPECT_EQ(population.size(), 2U);
    first.insert(std::move(population).take().front().archid);
  }
  EXPECT_EQ(first.size(), 3U);
}

}  // namespace
}  // namespace lts::search

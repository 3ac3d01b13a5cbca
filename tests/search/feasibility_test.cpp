#include "search/feasibility.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"
#include "tests/search/fixtures.h"

namespace lts::search {
namespace {

using testing::error_message;

std::string constrained(const std::string& first, const std::string& second = "{min: 0}") {
  return "objectives:\n"
         "  - {name: size, proxy: decoder_params, direction: maximize, constraint: " +
         first +
         "}\n"
         "  - {name: memory, proxy: onnx_file_mib, direction: minimize, constraint: " +
         second + "}\n";
}

TEST(Feasibility, RefusesABoundThatNoMemberMeetsWithTheCount) {
  EXPECT_EQ(error_message([] { config_from(constrained("{min: 1.0e9, max: 2.0e9}")); }),
            "test.yaml:2:3: no candidate meets the constraints: of 5880 looked at, 5880 fail size "
            ">= 1000000000");
  EXPECT_EQ(error_message([] { config_from(constrained("{max: 10}", "{max: 1}")); }),
            "test.yaml:2:3: no candidate meets the constraints: of 5880 looked at, 5880 fail "
            "memory <= 1, 5880 fail size <= 10");
}

TEST(Feasibility, RefusesBoundsThatExcludeEachOther) {
  // Large models alone, small files alone: every member fails one of the two.
  const std::string message =
      error_message([] { config_from(constrained("{min: 4.0e7}", "{max: 100}")); });
  EXPECT_THAT(message, ::testing::MatchesRegex(
                           "test.yaml:2:3: no candidate meets the constraints: of 5880 looked at, "
                           "[0-9]+ fail memory <= 100, [0-9]+ fail size >= 40000000"));
}

TEST(Feasibility, AcceptsAConstraintThatOneMemberMeets) {
  // The smallest member of the published space: 1 layer, 128, 128; all three n_head.
  EXPECT_NO_THROW(config_from(constrained("{max: 99840}")));
  EXPECT_NO_THROW(config_from(constrained("{min: 100000, max: 5.0e7}")));
}

TEST(Feasibility, FindsRareMembersOfALargeSpace) {
  // 8 * 209 * 209 = 349,448 combinations, of which one meets the bound.
  const std::string space =
      "space: {n_layer: {min: 1, max: 8}, d_model: {min: 128, max: 960, step: 4}, d_inner: {min: "
      "128, max: 960, step: 4}, n_head: [2]}\n";
  const double d = 128;
  const auto smallest = static_cast<std::int64_t>(4 * d * d + 2 * d * d + 9 * d + d + 2 * d);
  const SearchConfig config =
      config_from(space + constrained("{max: " + std::to_string(smallest) + "}"));
  EXPECT_EQ(run_in_memory(config).evaluations().size(), 1U);
  EXPECT_THAT(error_message([&] {
                config_from(space + constrained("{max: " + std::to_string(smallest - 1) + "}"));
              }),
              ::testing::HasSubstr("of 349448 looked at, 349448 fail size <= "));
}

TEST(Feasibility, LooksAtRandomMembersOfAVastSpace) {
  const std::string space =
      "space: {d_model: {min: 128, max: 960, step: 1}, d_inner: {min: 128, max: 960, step: 1}}\n";
  EXPECT_EQ(error_message([&] { config_from(space + constrained("{max: 10}")); }),
            "test.yaml:3:3: no candidate meets the constraints: of 20000 looked at at random, "
            "20000 fail size <= 10");
}

TEST(Feasibility, AdmitsByFlawAndByFreeConstraintsOnly) {
  const auto profiler = std::make_shared<testing::FakeProfiler>();
  const SearchConfig config =
      config_from(measured_yaml("search: {}", ", constraint: {max: 1.0e-9}"), profiler);
  int admitted = 0;
  config.space.enumerate([&](const space::Genome& genome) {
    admitted += admits(config.space, config.objectives, config.space.architecture(genome));
    return true;
  });
  EXPECT_EQ(admitted, 48);
  EXPECT_EQ(profiler->calls(), 0U);
}

}  // namespace
}  // namespace lts::search

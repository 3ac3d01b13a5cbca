#include "search/report/scatter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace lts::search {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(RoundTicks, CoverTheRangeInStepsOfOneTwoOrFive) {
  EXPECT_THAT(round_ticks(0, 1, 5), ElementsAre(0, ::testing::DoubleEq(0.2), 0.4,
                                                ::testing::DoubleNear(0.6, 1e-12), 0.8, 1));
  EXPECT_THAT(round_ticks(3, 97, 5), ElementsAre(0, 20, 40, 60, 80, 100));
  EXPECT_THAT(round_ticks(-7, 4, 3), ElementsAre(-10, -5, 0, 5));
}

TEST(Scatter, DrawsEveryMarkWithItsTooltipEscaped) {
  const std::string svg = scatter_svg({.title = "a < b",
                                       .x_label = "x & y",
                                       .y_label = "z",
                                       .marks = {{1, 2, true, "\"quoted\""}, {3, 4, false, "p"}}});
  EXPECT_THAT(svg, HasSubstr("a &lt; b"));
  EXPECT_THAT(svg, HasSubstr("x &amp; y"));
  EXPECT_THAT(svg, HasSubstr("<title>&quot;quoted&quot;</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>p</title>"));
  EXPECT_THAT(svg, HasSubstr(">on the front</text>"));
  EXPECT_THAT(svg, HasSubstr(">evaluated</text>"));
}

TEST(Scatter, OfNoMarksOneMarkOrEqualMarksIsFinite) {
  for (const std::vector<Mark>& marks :
       {std::vector<Mark>{}, {{5, 0}}, {{-3, 1e9}, {-3, 1e9}}, {{1e15, 1}, {1e15 + 1, 2}}}) {
    const std::string svg =
        scatter_svg({.title = "t", .x_label = "x", .y_label = "y", .marks = marks});
    EXPECT_THAT(svg, Not(HasSubstr("nan")));
    EXPECT_THAT(svg, Not(HasSubstr("inf")));
    EXPECT_THAT(svg, HasSubstr("</svg>"));
  }
}

}  // namespace
}  // namespace lts::search

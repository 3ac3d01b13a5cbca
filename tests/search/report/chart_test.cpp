#include "search/report/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lts::search {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(RoundTicks, CoverTheRangeInStepsOfOneTwoOrFive) {
  EXPECT_THAT(round_ticks(0, 1, 5), ElementsAre(0, ::testing::DoubleEq(0.2), 0.4,
                                                ::testing::DoubleNear(0.6, 1e-12), 0.8, 1));
  EXPECT_THAT(round_ticks(3, 97, 5), ElementsAre(0, 20, 40, 60, 80, 100));
  EXPECT_THAT(round_ticks(-7, 4, 3), ElementsAre(-10, -5, 0, 5));
}

TEST(Chart, EscapesEveryText) {
  const Chart chart{.title = "a < b",
                    .x_label = "x & y",
                    .y_label = "\"z\"",
                    .dots = {{.look = "front", .points = {{1, 2}}, .tooltips = {"'quoted' <p>"}}},
                    .legend = {{.look = "front", .text = "on > the front"}}};
  const std::string svg = chart_file_svg(chart);
  EXPECT_THAT(svg, HasSubstr("a &lt; b"));
  EXPECT_THAT(svg, HasSubstr("x &amp; y"));
  EXPECT_THAT(svg, HasSubstr("&quot;z&quot;"));
  EXPECT_THAT(svg, HasSubstr("<title>&#39;quoted&#39; &lt;p&gt;</title>"));
  EXPECT_THAT(svg, HasSubstr("on &gt; the front</text>"));
  EXPECT_THAT(chart_page_svg(chart).svg, HasSubstr("aria-label=\"a &lt; b\""));
}

TEST(Chart, OfNothingOnePointOrEqualPointsIsFinite) {
  using Points = std::vector<ChartPoint>;
  for (const Points& points :
       {Points{}, Points{{5, 0}}, Points{{-3, 1e9}, {-3, 1e9}}, Points{{1e15, 1}, {1e15 + 1, 2}}}) {
    const Chart chart{.dots = {{.look = "seen", .points = points}}};
    for (const std::string& svg : {chart_file_svg(chart), chart_page_svg(chart).svg}) {
      EXPECT_THAT(svg, Not(HasSubstr("nan")));
      EXPECT_THAT(svg, Not(HasSubstr("inf")));
      EXPECT_THAT(svg, HasSubstr("</svg>"));
    }
  }
}

TEST(Chart, DrawsTheFrontOneByOneAndTheRestAsOnePath) {
  const Chart chart{.dots = {{.look = "seen", .points = {{0, 0}, {1, 1}, {2, 2}}},
                             {.look = "front run1", .points = {{0, 1}, {2, 0}}}}};
  const std::string svg = chart_page_svg(chart).svg;
  EXPECT_EQ(count(svg, "<path class=\"dots seen\""), 1U);
  EXPECT_EQ(count(svg, "<path class=\"mark\""), 2U);
  EXPECT_THAT(svg, HasSubstr("<g class=\"dots front run1\">"));
}

TEST(Chart, SaysWhereItsAxesLie) {
  // Ticks reach from 0 to 4 and from 10 to 20; the point in the middle of both lies in the middle.
  const PageChart chart =
      chart_page_svg({.dots = {{.look = "seen", .points = {{0, 10}, {2, 15}, {4, 20}}}}});
  EXPECT_THAT(chart.range, ElementsAre(0, 4, 10, 20));
  const auto& [left, top, right, bottom] = chart.box;
  const auto number = [](double value) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
  };
  EXPECT_THAT(chart.svg, HasSubstr("M" + number(left) + " " + number(bottom) + "h"));
  EXPECT_THAT(chart.svg,
              HasSubstr("M" + number((left + right) / 2) + " " + number((top + bottom) / 2) + "h"));
  EXPECT_THAT(chart.svg, HasSubstr("M" + number(right) + " " + number(top) + "h"));
}

TEST(Chart, StepsKeepTheirValueUntilTheNextPoint) {
  const PageChart chart =
      chart_page_svg({.steps = {{.look = "progress", .points = {{0, 0}, {1, 1}}}}});
  EXPECT_THAT(chart.box, ElementsAre(50, 30, 408, 278));
  EXPECT_THAT(chart.svg, HasSubstr("d=\"M50 278H408V30\""));
}

TEST(Chart, WithADiagonalHasOneRange) {
  const PageChart chart = chart_page_svg(
      {.dots = {{.look = "clean", .points = {{0, 100}, {1, 200}}}}, .diagonal = true});
  EXPECT_THAT(chart.range, ElementsAre(0, 200, 0, 200));
  EXPECT_THAT(chart.svg, HasSubstr("<path class=\"diagonal\" d=\"M50 278L408 30\"/>"));
}

TEST(Chart, AsAFileBringsItsStyleAndItsGround) {
  const std::string svg = chart_file_svg({.title = "t"});
  EXPECT_THAT(svg, ::testing::StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_THAT(svg, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(svg, HasSubstr("class=\"ground\""));
  EXPECT_THAT(svg, Not(HasSubstr("var(--")));
}

}  // namespace
}  // namespace lts::search

#include "search/report/text_plot.h"

#include <gtest/gtest.h>

namespace lts::search {
namespace {

TEST(TextPlot, DrawsDotsBetweenTheEndsOfTheAxes) {
  const Chart chart{.x_label = "size",
                    .y_label = "latency",
                    .dots = {{.look = "seen", .points = {{0, 10}, {4, 10}}},
                             {.look = "front", .points = {{0, 0}, {2, 5}, {4, 10}}}}};
  EXPECT_EQ(text_plot(chart, {.columns = 5, .rows = 3}),
            "latency\n"
            " 10 |.   o\n"
            "    |  o\n"
            "  0 |o\n"
            "    +-----\n"
            "     0   4\n"
            "     size\n");
}

TEST(TextPlot, OfOnePointAndOfNone) {
  const Chart one{.x_label = "x", .y_label = "y", .dots = {{.look = "seen", .points = {{7, 7}}}}};
  EXPECT_EQ(text_plot(one, {.columns = 3, .rows = 2}),
            "y\n 7 | .\n 7 |\n   +---\n    7 7\n    x\n");
  EXPECT_EQ(text_plot({}), "");
}

}  // namespace
}  // namespace lts::search

#pragma once

#include <array>
#include <string>
#include <vector>

namespace lts::search {

using ChartPoint = std::array<double, 2>;

/// Marks of one look, a class of page/chart.css: "seen", "front run0". Those of a "front" are drawn
/// one by one, each with a rim and its tooltip, all others as one path.
struct Dots {
  std::string look;
  std::vector<ChartPoint> points{};
  std::vector<std::string> tooltips{};  ///< one a point, or none
};

/// A quantity that keeps its value until the next point.
struct Steps {
  std::string look;
  std::vector<ChartPoint> points{};
};

/// Intervals: a line from one end to the other.
struct Bars {
  std::string look;
  std::vector<std::array<ChartPoint, 2>> ends{};
};

struct LegendEntry {
  std::string look, text;
  bool line = false;  ///< Steps, not Dots
};

/// A plot with linear axes and round ticks. Drawn from the bottom: bars, steps, dots in order.
struct Chart {
  std::string title{}, x_label{}, y_label{};
  std::vector<Bars> bars{};
  std::vector<Steps> steps{};
  std::vector<Dots> dots{};
  std::vector<LegendEntry> legend{};
  bool diagonal = false;  ///< a line where x equals y; both axes then have one range
};

/// A document of its own, with title and legend; brings its background and both colour schemes.
std::string chart_file_svg(const Chart& chart);

/// The chart as an element of the page, without title and legend, and what the page's script must
/// know to find a point: the ranges of the axes and where they lie in the element's coordinates.
struct PageChart {
  std::string svg;
  std::array<double, 4> range{};  ///< of values: x from, x to, y from, y to
  std::array<double, 4> box{};    ///< left, top, right, bottom
};
PageChart chart_page_svg(const Chart& chart);

/// A look's mark as a small inline picture, for legends.
std::string swatch_svg(const LegendEntry& entry);

/// Round tick positions that cover [low, high]: about `count` of them, steps of 1, 2 or 5 times a
/// power of ten.
std::vector<double> round_ticks(double low, double high, int count);

}  // namespace lts::search

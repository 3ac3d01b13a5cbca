#pragma once

#include <string>
#include <vector>

namespace lts::search {

/// A mark of a scatter plot.
struct Mark {
  double x = 0, y = 0;
  bool highlighted = false;
  std::string tooltip{};
};

struct Scatter {
  std::string title, x_label, y_label;
  std::vector<Mark> marks;
  std::string highlighted_label = "on the front", other_label = "evaluated";  ///< in the legend
};

/// The plot as an SVG document: linear axes with round ticks, highlighted marks on top. Readable on
/// light and dark backgrounds (it brings its own).
std::string scatter_svg(const Scatter& scatter);

/// Round tick positions that cover [low, high]: about `count` of them, steps of 1, 2 or 5 times a
/// power of ten.
std::vector<double> round_ticks(double low, double high, int count);

}  // namespace lts::search

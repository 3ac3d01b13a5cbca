#include "search/report/text_plot.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/text.h"

namespace lts::search {
namespace {

struct Ends {
  double low, high;

  /// The cell of `count` in which a value lies; all of them in the middle of an empty range.
  std::size_t cell(double value, int count) const {
    if (high == low) return static_cast<std::size_t>(count / 2);
    const double share = (value - low) / (high - low);
    return static_cast<std::size_t>(std::lround(share * (count - 1)));
  }
};

std::vector<ChartPoint> points_of(const Chart& chart) {
  std::vector<ChartPoint> out;
  for (const Dots& dots : chart.dots) out.insert(out.end(), dots.points.begin(), dots.points.end());
  return out;
}

Ends ends_of(const std::vector<ChartPoint>& points, std::size_t coordinate) {
  const auto [low, high] =
      std::ranges::minmax(points, {}, [&](const ChartPoint& point) { return point[coordinate]; });
  return {low[coordinate], high[coordinate]};
}

std::string padded(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

}  // namespace

std::string text_plot(const Chart& chart, TextPlotSize size) {
  const std::vector<ChartPoint> points = points_of(chart);
  if (points.empty()) return "";
  const Ends x = ends_of(points, 0), y = ends_of(points, 1);
  std::vector<std::string> lines(static_cast<std::size_t>(size.rows),
                                 std::string(static_cast<std::size_t>(size.columns), ' '));
  for (const Dots& dots : chart.dots) {
    const char mark = dots.look.starts_with("front") ? 'o' : '.';
    for (const ChartPoint& point : dots.points) {
      lines[lines.size() - 1 - y.cell(point[1], size.rows)][x.cell(point[0], size.columns)] = mark;
    }
  }
  const std::string top = short_number(y.high), bottom = short_number(y.low);
  const std::size_t margin = std::max(top.size(), bottom.size()) + 1;
  std::string out = chart.y_label + "\n";
  for (std::size_t row = 0; row < lines.size(); ++row) {
    const std::string label = row == 0 ? top : row + 1 == lines.size() ? bottom : "";
    const auto last = lines[row].find_last_not_of(' ');
    out += padded(label, margin) + " |" +
           lines[row].substr(0, last == std::string::npos ? 0 : last + 1) + "\n";
  }
  const std::string from = short_number(x.low), to = short_number(x.high);
  const auto columns = static_cast<std::size_t>(size.columns);
  out += std::string(margin, ' ') + " +" + std::string(columns, '-') + "\n";
  out += std::string(margin + 2, ' ') + from +
         padded(to, columns > from.size() ? columns - from.size() : to.size() + 1) + "\n";
  return out + std::string(margin + 2, ' ') + chart.x_label + "\n";
}

}  // namespace lts::search

#include "search/report/chart.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/text.h"
#include "search/report/markup.h"
#include "search/report/page_files.h"

namespace lts::search {
namespace {

/// Where a chart lies in its picture, in user units.
struct Frame {
  double width, height, left, top, right, bottom;
};
constexpr Frame kFileFrame{720, 480, 70, 78, 700, 430}, kPageFrame{420, 320, 50, 30, 408, 278};

std::string px(double value) { return short_number(std::round(value * 100) / 100, 8); }

std::string text_at(double x, double y, const std::string& attributes, const std::string& text) {
  return "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\"" + attributes + ">" + escaped(text) +
         "</text>\n";
}

/// One axis: data to pixels.
struct Axis {
  std::vector<double> ticks;
  double from_px = 0, to_px = 0;

  double low() const { return ticks.front(); }
  double high() const { return ticks.back(); }
  double at(double value) const {
    return from_px + (value - low()) / (high() - low()) * (to_px - from_px);
  }
};

struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

Extent extent_of(const Chart& chart, std::size_t coordinate) {
  Extent out;
  for (const Dots& dots : chart.dots)
    for (const ChartPoint& point : dots.points) out.add(point[coordinate]);
  for (const Steps& steps : chart.steps)
    for (const ChartPoint& point : steps.points) out.add(point[coordinate]);
  for (const Bars& bars : chart.bars) {
    for (const auto& [from, to] : bars.ends) {
      out.add(from[coordinate]);
      out.add(to[coordinate]);
    }
  }
  return out;
}

Axis axis_of(Extent extent, double from, double to) {
  if (extent.low > extent.high) extent = {.low = 0, .high = 1};
  if (extent.low == extent.high) {
    const double margin = std::abs(extent.low) / 2 + 0.5;
    extent = {.low = extent.low - margin, .high = extent.high + margin};
  }
  return {round_ticks(extent.low, extent.high, 5), from, to};
}

struct Axes {
  Axis x, y;

  std::string at(const ChartPoint& point) const {
    return px(x.at(point[0])) + " " + px(y.at(point[1]));
  }
};

Axes axes_of(const Chart& chart, const Frame& frame) {
  Extent x = extent_of(chart, 0), y = extent_of(chart, 1);
  if (chart.diagonal) {
    x.add(y.low);
    x.add(y.high);
    y = x;
  }
  return {axis_of(x, frame.left, frame.right), axis_of(y, frame.bottom, frame.top)};
}

std::string tick_label(double value) {
  const double magnitude = std::abs(value);
  if (magnitude >= 1e9) return short_number(value / 1e9) + " G";
  if (magnitude >= 1e6) return short_number(value / 1e6) + " M";
  if (magnitude >= 1e4) return short_number(value / 1e3) + " k";
  return short_number(value);
}

std::string grid(const Axes& axes) {
  const auto& [x, y] = axes;
  std::string lines, labels;
  for (const double tick : x.ticks) {
    lines += "M" + px(x.at(tick)) + " " + px(y.from_px) + "V" + px(y.to_px);
    labels += text_at(x.at(tick), y.from_px + 17, " class=\"tick\" text-anchor=\"middle\"",
                      tick_label(tick));
  }
  for (const double tick : y.ticks) {
    lines += "M" + px(x.from_px) + " " + px(y.at(tick)) + "H" + px(x.to_px);
    labels += text_at(x.from_px - 7, y.at(tick) + 4, " class=\"tick\" text-anchor=\"end\"",
                      tick_label(tick));
  }
  return "<g class=\"grid\">\n<path class=\"rule\" d=\"" + lines + "\"/>\n" + labels + "</g>\n";
}

std::string path(const std::string& look, const std::string& d) {
  return d.empty() ? "" : "<path class=\"" + look + "\" d=\"" + d + "\"/>\n";
}

/// A line of almost no length, which round or square ends make a dot of any width.
std::string dot(const std::string& at) { return "M" + at + "h.01"; }

/// A mark with a rim that keeps crowded ones apart.
std::string rimmed(const std::string& d, const std::string& tooltip) {
  const std::string title = tooltip.empty() ? "" : "<title>" + escaped(tooltip) + "</title>";
  return "<g>" + title + "<path class=\"rim\" d=\"" + d + "\"/><path class=\"mark\" d=\"" + d +
         "\"/><path class=\"core\" d=\"" + d + "\"/></g>\n";
}

std::string dots_svg(const Dots& dots, const Axes& axes) {
  if (!dots.look.starts_with("front")) {
    std::string d;
    for (const ChartPoint& point : dots.points) d += dot(axes.at(point));
    return path("dots " + dots.look, d);
  }
  std::string out = "<g class=\"dots " + dots.look + "\">\n";
  for (std::size_t i = 0; i < dots.points.size(); ++i) {
    out += rimmed(dot(axes.at(dots.points[i])), dots.tooltips.empty() ? "" : dots.tooltips[i]);
  }
  return out + "</g>\n";
}

std::string steps_svg(const Steps& steps, const Axes& axes) {
  std::string d;
  for (const ChartPoint& point : steps.points) {
    d += d.empty() ? "M" + axes.at(point)
                   : "H" + px(axes.x.at(point[0])) + "V" + px(axes.y.at(point[1]));
  }
  return path("steps " + steps.look, d);
}

std::string bars_svg(const Bars& bars, const Axes& axes) {
  std::string d;
  for (const auto& [from, to] : bars.ends) d += "M" + axes.at(from) + "L" + axes.at(to);
  return path("bars " + bars.look, d);
}

/// What the axes carry.
std::string marks(const Chart& chart, const Axes& axes) {
  std::string out = "<g class=\"marks\">\n";
  if (chart.diagonal) {
    const double low = axes.x.low(), high = axes.x.high();
    out += path("diagonal", "M" + axes.at({low, low}) + "L" + axes.at({high, high}));
  }
  for (const Bars& bars : chart.bars) out += bars_svg(bars, axes);
  for (const Steps& steps : chart.steps) out += steps_svg(steps, axes);
  for (const Dots& dots : chart.dots) out += dots_svg(dots, axes);
  return out + "</g>\n";
}

std::string labels(const Chart& chart, const Frame& frame) {
  return text_at(frame.right, frame.bottom + 36, " class=\"label\" text-anchor=\"end\"",
                 chart.x_label) +
         text_at(2, frame.top - 14, " class=\"label\"", chart.y_label);
}

std::string swatch(const LegendEntry& entry, double x, double y) {
  if (entry.line) {
    return path("steps " + entry.look, "M" + px(x - 8) + " " + px(y) + "H" + px(x + 8));
  }
  const std::string d = dot(px(x) + " " + px(y));
  if (!entry.look.starts_with("front")) return path("dots " + entry.look, d);
  return "<g class=\"dots " + entry.look + "\">" + rimmed(d, "") + "</g>\n";
}

/// What the marks are, in a row under the title.
std::string legend(const Chart& chart, const Frame& frame) {
  constexpr double kCharacter = 6.6;
  const double y = frame.top - 36;
  double x = 10;
  std::string out;
  for (const LegendEntry& entry : chart.legend) {
    out += swatch(entry, x, y - 4) + text_at(x + 13, y, "", entry.text);
    x += 40 + kCharacter * static_cast<double>(entry.text.size());
  }
  return out;
}

/// Begins an element that the script cuts off at the axes where it zooms.
std::string clip(const Frame& frame) {
  const std::string x = px(frame.left), y = px(frame.top), width = px(frame.right - frame.left),
                    height = px(frame.bottom - frame.top);
  return "<svg class=\"clip\" x=\"" + x + "\" y=\"" + y + "\" width=\"" + width + "\" height=\"" +
         height + "\" viewBox=\"" + x + " " + y + " " + width + " " + height + "\">\n";
}

std::string begin(const Frame& frame, const std::string& attributes) {
  return "<svg " + attributes + " viewBox=\"0 0 " + px(frame.width) + " " + px(frame.height) + "\"";
}

}  // namespace

std::vector<double> round_ticks(double low, double high, int count) {
  const double raw = (high - low) / count;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  const double scaled = raw / power;
  const double step = power * (scaled <= 1 ? 1 : scaled <= 2 ? 2 : scaled <= 5 ? 5 : 10);
  std::vector<double> ticks;
  const auto first = static_cast<std::int64_t>(std::floor(low / step));
  const auto last = static_cast<std::int64_t>(std::ceil(high / step));
  for (std::int64_t i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

std::string chart_file_svg(const Chart& chart) {
  const Axes axes = axes_of(chart, kFileFrame);
  return begin(kFileFrame, "xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\"") + " width=\"" +
         px(kFileFrame.width) + "\" height=\"" + px(kFileFrame.height) + "\">\n<style>\n" +
         std::string(page_file("chart.css")) +
         "</style>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n" +
         text_at(2, 22, " class=\"title\"", chart.title) + legend(chart, kFileFrame) + grid(axes) +
         labels(chart, kFileFrame) + marks(chart, axes) + "</svg>\n";
}

PageChart chart_page_svg(const Chart& chart) {
  const Axes axes = axes_of(chart, kPageFrame);
  const auto& [x, y] = axes;
  return {.svg = begin(kPageFrame,
                       "class=\"chart\" role=\"img\" aria-label=\"" + escaped(chart.title) + "\"") +
                 ">\n" + grid(axes) + labels(chart, kPageFrame) + clip(kPageFrame) +
                 marks(chart, axes) + "</svg></svg>\n",
          .range = {x.low(), x.high(), y.low(), y.high()},
          .box = {kPageFrame.left, kPageFrame.top, kPageFrame.right, kPageFrame.bottom}};
}

std::string swatch_svg(const LegendEntry& entry) {
  return "<svg class=\"chart swatch\" viewBox=\"0 0 20 14\" width=\"20\" height=\"14\" "
         "aria-hidden=\"true\">" +
         swatch(entry, 10, 7) + "</svg>";
}

}  // namespace lts::search

#include "search/report/scatter.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"

namespace lts::search {
namespace {

constexpr double kWidth = 720, kHeight = 480;
constexpr double kLeft = 84, kRight = 20, kTop = 62, kBottom = 58;

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string px(double value) { return short_number(std::round(value * 10) / 10, 6); }

std::string text_at(double x, double y, const std::string& attributes, const std::string& text) {
  return "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\" " + attributes + ">" + escaped(text) +
         "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const char* colour) {
  return "<line x1=\"" + px(x1) + "\" y1=\"" + px(y1) + "\" x2=\"" + px(x2) + "\" y2=\"" + px(y2) +
         "\" stroke=\"" + colour + "\"/>\n";
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

Axis axis_of(const std::vector<Mark>& marks, double Mark::*coordinate, double from, double to) {
  double low = 0, high = 1;
  if (!marks.empty()) {
    const auto [least, most] = std::ranges::minmax(marks, {}, coordinate);
    low = least.*coordinate;
    high = most.*coordinate;
  }
  if (low == high) {
    low -= std::abs(low) / 2 + 0.5;
    high += std::abs(high) / 2 + 0.5;
  }
  return {round_ticks(low, high, 6), from, to};
}

std::string tick_label(double value) {
  const double magnitude = std::abs(value);
  if (magnitude >= 1e9) return short_number(value / 1e9) + " G";
  if (magnitude >= 1e6) return short_number(value / 1e6) + " M";
  if (magnitude >= 1e4) return short_number(value / 1e3) + " k";
  return short_number(value);
}

std::string grid(const Axis& x, const Axis& y) {
  std::string out;
  for (const double tick : x.ticks) {
    out += line(x.at(tick), y.from_px, x.at(tick), y.to_px, "#e3e6ea");
    out += text_at(x.at(tick), y.from_px + 18, "text-anchor=\"middle\"", tick_label(tick));
  }
  for (const double tick : y.ticks) {
    out += line(x.from_px, y.at(tick), x.to_px, y.at(tick), "#e3e6ea");
    out += text_at(x.from_px - 8, y.at(tick) + 4, "text-anchor=\"end\"", tick_label(tick));
  }
  return out;
}

/// Radius and colours of a mark; the white rim keeps crowded ones apart.
const char* style_of(bool highlighted) {
  return highlighted ? "r=\"4\" fill=\"#c2410c\" stroke=\"#ffffff\" stroke-width=\"0.8\""
                     : "r=\"3\" fill=\"#64748b\" fill-opacity=\"0.5\"";
}

/// What the two kinds of marks are, in a row under the title.
std::string legend(const Scatter& scatter) {
  constexpr double kY = 44, kApart = 130;
  std::string out;
  double x = kLeft + 5;
  for (const bool highlighted : {true, false}) {
    out +=
        "<circle cx=\"" + px(x) + "\" cy=\"" + px(kY - 4) + "\" " + style_of(highlighted) + "/>\n";
    out += text_at(x + 10, kY, "", highlighted ? scatter.highlighted_label : scatter.other_label);
    x += kApart;
  }
  return out;
}

std::string circle(const Mark& mark, const Axis& x, const Axis& y) {
  const char* style = style_of(mark.highlighted);
  return "<circle cx=\"" + px(x.at(mark.x)) + "\" cy=\"" + px(y.at(mark.y)) + "\" " + style +
         "><title>" + escaped(mark.tooltip) + "</title></circle>\n";
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

std::string scatter_svg(const Scatter& scatter) {
  const Axis x = axis_of(scatter.marks, &Mark::x, kLeft, kWidth - kRight);
  const Axis y = axis_of(scatter.marks, &Mark::y, kHeight - kBottom, kTop);
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + px(kWidth) + " " +
                    px(kHeight) + "\" width=\"" + px(kWidth) + "\" height=\"" + px(kHeight) +
                    "\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#1f2933\">\n"
                    "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  out += grid(x, y);
  out += text_at(kLeft, 24, "font-size=\"15\" font-weight=\"bold\"", scatter.title);
  out +=
      text_at((x.from_px + x.to_px) / 2, kHeight - 16, "text-anchor=\"middle\"", scatter.x_label);
  out += legend(scatter);
  const double middle = (y.from_px + y.to_px) / 2;
  out +=
      text_at(18, middle, "text-anchor=\"middle\" transform=\"rotate(-90 18 " + px(middle) + ")\"",
              scatter.y_label);
  for (const bool highlighted : {false, true}) {
    for (const Mark& mark : scatter.marks) {
      if (mark.highlighted == highlighted) out += circle(mark, x, y);
    }
  }
  return out + "</svg>\n";
}

}  // namespace lts::search

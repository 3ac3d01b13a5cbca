#pragma once

#include <string>

#include "search/report/chart.h"

namespace lts::search {

/// The size of a text plot's inside, in characters.
struct TextPlotSize {
  int columns = 60, rows = 14;
};

/// A chart's dots in plain characters, for a terminal: 'o' for those of a "front", '.' for others,
/// with the values at the ends of the axes. Ends with a newline; empty for a chart without dots.
std::string text_plot(const Chart& chart, TextPlotSize size = {});

}  // namespace lts::search

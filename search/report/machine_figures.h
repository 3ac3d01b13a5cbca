#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "search/report/figures.h"

namespace lts::search {

/// How well one objective of a run is known that was measured with samples.
struct NoiseSummary {
  std::string run, objective;
  std::size_t measured = 0, clean = 0, noisy = 0;
  std::size_t cached = 0;  ///< taken from a measurement cache
  double median_samples = 0;
  /// Half of the 95 % interval over the value; absent where no measurement has an interval.
  std::optional<double> median_half_width{}, worst_half_width{};
  /// How much slower than calm the device was around a measurement, by its sentinel.
  std::optional<double> median_slowdown{}, worst_slowdown{};
};

/// One for each run and each objective that has a verdict.
std::vector<NoiseSummary> noise_summaries(std::span<const SavedRun> runs);

/// Half of the interval over the value, against the value: a figure for each objective that has
/// verdicts.
std::vector<Figure> noise_figures(std::span<const SavedRun> runs);

/// Predicted against measured, with both intervals: a figure for each predicted objective and
/// measured one of the same unit.
std::vector<Figure> prediction_figures(std::span<const SavedRun> runs);

/// Every figure of a report, made once for its page and for plots/.
struct ReportFigures {
  std::vector<Figure> front, progress, prediction, noise;
};
ReportFigures report_figures(std::span<const SavedRun> runs);

}  // namespace lts::search

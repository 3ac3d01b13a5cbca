#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "search/report/chart.h"
#include "search/report/quantity.h"
#include "search/run/saved_run.h"

namespace lts::search {

/// A picture and its numbers.
struct Figure {
  std::string name;     ///< of its files, without folder and ending
  std::string heading;  ///< for people: "size against latency"
  Chart chart;
  std::string csv;
  /// The objectives on the axes, where its dots are evaluations; kEvaluation: their number.
  struct Axes {
    int x, y;
  };
  static constexpr int kEvaluation = -1;
  std::optional<Axes> axes{};
};

/// The classes of a run's marks among those of several: of its colour, "run0" to "run5", and its
/// own, "of0", ...; empty where it is the only one.
std::string colour_of(std::size_t run, std::size_t runs);

/// The front and everything evaluated, a figure for each pair of objectives (of a single objective
/// one over evaluations); with two objectives the border of what the front dominates too.
std::vector<Figure> front_figures(std::span<const NamedArchive> runs);

/// What the runs had reached: the hypervolume over evaluations and over time, and the share of the
/// exact front's that was missing where it is known of every run.
std::vector<Figure> progress_figures(std::span<const SavedRun> runs);

/// The archives of runs, each named by its folder.
std::vector<NamedArchive> archives_of(std::span<const SavedRun> runs);

/// What a legend says of several runs, or of one.
std::vector<LegendEntry> front_legend(std::span<const NamedArchive> runs);

}  // namespace lts::search

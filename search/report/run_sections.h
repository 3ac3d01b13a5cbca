#pragma once

#include <span>
#include <string>

#include "search/report/figures.h"
#include "search/report/quantity.h"
#include "search/run/saved_run.h"

namespace lts::search {

// Sections of the page, as markup, that say what the runs are and found.

/// The title of the page, as text.
std::string report_title(std::span<const SavedRun> runs);

/// What was found, in figures; of several runs a table.
std::string overview(std::span<const SavedRun> runs);

/// A chart on the page; its script finds points in those that have objectives on their axes.
std::string figure_markup(const Figure& figure);
std::string figures_markup(std::span<const Figure> figures);

/// What marks mean, a list.
std::string legend_markup(std::span<const LegendEntry> entries);

/// Every member of the fronts, a row each.
std::string front_table(std::span<const SavedRun> runs, std::span<const Quantity> quantities);

/// The bounds between which the hypervolume is taken, and whether runs share them.
std::string bounds_markup(std::span<const SavedRun> runs, std::span<const Quantity> quantities);

/// Kinds of failures and how often each; empty where nothing failed.
std::string failures_section(std::span<const SavedRun> runs);

/// The commands, the configuration and the versions that repeat the runs.
std::string repeat_section(std::span<const SavedRun> runs);

}  // namespace lts::search

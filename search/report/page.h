#pragma once

#include <span>
#include <string>

#include "search/report/machine_figures.h"
#include "search/run/saved_run.h"

namespace lts::search {

/// report.html of runs: one document with its style sheets, script and data inside, that asks for
/// nothing else. Without scripts it is the same pictures and tables, not to be pointed at.
/// Precondition: at least one run, all of the same objectives; `figures` are theirs.
std::string report_page(std::span<const SavedRun> runs, const ReportFigures& figures);

}  // namespace lts::search

#include "search/report/report.h"

#include "core/error.h"
#include "core/file.h"
#include "core/text.h"
#include "search/report/machine_figures.h"
#include "search/report/page.h"

namespace lts::search {
namespace {

/// "size [parameters] maximize; latency [s] minimize".
std::string objectives_text(const SavedRun& run) {
  std::vector<std::string> parts;
  for (const auto& objective : run.archive.objectives()) {
    const bool maximize = objective.direction == predictor::Direction::kMaximize;
    parts.push_back(objective.name + " [" + objective.evaluator->unit() + "]" +
                    (maximize ? " maximize" : " minimize"));
  }
  return join(parts, "; ");
}

void write_figures(const std::filesystem::path& folder, std::span<const Figure> figures) {
  for (const Figure& figure : figures) {
    write_file_atomic(folder / (figure.name + ".csv"), figure.csv);
    write_file_atomic(folder / (figure.name + ".svg"), chart_file_svg(figure.chart));
  }
}

void refuse_mixed(std::span<const SavedRun> runs) {
  const std::string first = objectives_text(runs.front());
  for (const SavedRun& run : runs) {
    const std::string here = objectives_text(run);
    if (here == first) continue;
    throw user_error({run.folder.string()}, "has other objectives (" + here + ") than " +
                                                runs.front().folder.string() + " (" + first +
                                                "); one report shows runs of the same ones");
  }
}

}  // namespace

void write_report(const std::filesystem::path& folder, std::span<const SavedRun> runs) {
  refuse_mixed(runs);
  const std::filesystem::path plots = folder / "plots";
  make_folder(plots);
  const ReportFigures figures = report_figures(runs);
  for (const auto* group :
       {&figures.front, &figures.progress, &figures.prediction, &figures.noise}) {
    write_figures(plots, *group);
  }
  write_file_atomic(folder / "report.html", report_page(runs, figures));
}

}  // namespace lts::search

#include "search/report/figures.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <unordered_set>
#include <utility>

#include "core/csv.h"
#include "core/text.h"
#include "search/compare/history.h"
#include "search/front/regret.h"
#include "search/report/file_part.h"
#include "search/run/run_regret.h"

namespace lts::search {
namespace {

/// Values of one axis: an objective, or the number of the evaluation.
struct Coordinate {
  int objective;
  const Quantity* quantity;

  double value(const Archive& archive, std::size_t index) const {
    if (objective == Figure::kEvaluation) return static_cast<double>(index);
    return archive.evaluations()[index].values[static_cast<std::size_t>(objective)].value;
  }
  double shown(const Archive& archive, std::size_t index) const {
    return value(archive, index) * quantity->factor;
  }
};

struct Plane {
  Coordinate x, y;

  ChartPoint at(const Archive& archive, std::size_t index) const {
    return {x.shown(archive, index), y.shown(archive, index)};
  }
};

std::string tooltip_of(const Archive& archive, std::size_t index,
                       std::span<const Quantity> quantities) {
  const Evaluation& evaluation = archive.evaluations()[index];
  std::string out = space::summary(evaluation.candidate.architecture);
  for (std::size_t o = 0; o < quantities.size(); ++o) {
    const Quantity& quantity = quantities[o];
    out += "\n" + quantity.name + " " + quantity.text(evaluation.values[o].value) +
           (quantity.unit.empty() ? "" : " " + quantity.unit);
  }
  return out;
}

std::string look(std::string kind, const std::string& colour) {
  return colour.empty() ? kind : kind + " " + colour;
}

/// Everything of one run that is not on its front.
void add_background(Chart& chart, const Archive& archive, const Plane& plane,
                    const std::string& colour) {
  const std::unordered_set<std::size_t> front(archive.front().begin(), archive.front().end());
  Dots seen{.look = look("seen", colour)}, outside{.look = look("outside", colour)};
  for (std::size_t i = 0; i < archive.evaluations().size(); ++i) {
    const Status status = archive.evaluations()[i].status;
    if (status == Status::kFailed || front.contains(i)) continue;
    (status == Status::kOk ? seen : outside).points.push_back(plane.at(archive, i));
  }
  chart.dots.push_back(std::move(seen));
  chart.dots.push_back(std::move(outside));
}

void add_front(Chart& chart, const Archive& archive, const Plane& plane, const std::string& colour,
               std::span<const Quantity> quantities) {
  Dots front{.look = look("front", colour)};
  for (const std::size_t index : archive.front()) {
    front.points.push_back(plane.at(archive, index));
    front.tooltips.push_back(tooltip_of(archive, index, quantities));
  }
  chart.dots.push_back(std::move(front));
}

/// The border of what a front of two objectives dominates: from the best in x to the best in y.
/// archive.front() is in the order of losses, so it begins with the best of the first objective.
Steps border(const Archive& archive, const Plane& plane, const std::string& colour) {
  Steps steps{.look = look("border", colour)};
  for (const std::size_t index : archive.front()) steps.points.push_back(plane.at(archive, index));
  return steps;
}

/// The best so far of a single objective, over evaluations.
Steps best_so_far(const Archive& archive, const Plane& plane, const std::string& colour) {
  Steps steps{.look = look("border", colour)};
  const auto& objective = archive.objectives().front();
  double best = std::numeric_limits<double>::infinity();
  for (const std::size_t index : archive.ok()) {
    const double loss = objective.loss(archive.evaluations()[index].values.front().value);
    if (loss >= best) continue;
    best = loss;
    steps.points.push_back(plane.at(archive, index));
  }
  return steps;
}

std::string plane_csv(std::span<const NamedArchive> runs, const Plane& plane) {
  std::vector<std::string> columns = {plane.x.quantity->name, plane.y.quantity->name, "on_front",
                                      "archid"};
  if (runs.size() > 1) columns.insert(columns.begin(), "run");
  std::string csv = csv_line(columns);
  for (const NamedArchive& run : runs) {
    const Archive& archive = *run.archive;
    const std::unordered_set<std::size_t> front(archive.front().begin(), archive.front().end());
    for (std::size_t i = 0; i < archive.evaluations().size(); ++i) {
      if (archive.evaluations()[i].values.empty()) continue;
      std::vector<std::string> fields = {
          python_repr(plane.x.value(archive, i)), python_repr(plane.y.value(archive, i)),
          front.contains(i) ? "True" : "False", archive.evaluations()[i].candidate.archid};
      if (runs.size() > 1) fields.insert(fields.begin(), run.name);
      csv += csv_line(fields);
    }
  }
  return csv;
}

std::string front_title(std::span<const NamedArchive> runs) {
  if (runs.size() > 1) return "the fronts of " + std::to_string(runs.size()) + " runs";
  const Archive& archive = *runs.front().archive;
  return std::to_string(archive.front().size()) + " of " +
         std::to_string(archive.evaluations().size()) + " evaluated architectures are on the front";
}

Figure front_figure(std::span<const NamedArchive> runs, const Plane& plane,
                    std::span<const Quantity> quantities) {
  const bool single = plane.x.objective == Figure::kEvaluation;
  Figure out{.name = file_part(plane.y.quantity->name) + "_over_evaluations",
             .heading = plane.y.quantity->name + " over evaluations",
             .chart = {.title = front_title(runs),
                       .x_label = single ? "evaluation" : plane.x.quantity->axis_label(),
                       .y_label = plane.y.quantity->axis_label(),
                       .legend = front_legend(runs)},
             .csv = plane_csv(runs, plane),
             .axes = Figure::Axes{plane.x.objective, plane.y.objective}};
  if (!single) {
    out.name = file_part(plane.x.quantity->name) + "_vs_" + file_part(plane.y.quantity->name);
    out.heading = plane.x.quantity->name + " against " + plane.y.quantity->name;
  }
  for (std::size_t r = 0; r < runs.size(); ++r) {
    add_background(out.chart, *runs[r].archive, plane, colour_of(r, runs.size()));
  }
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const std::string colour = colour_of(r, runs.size());
    if (single) out.chart.steps.push_back(best_so_far(*runs[r].archive, plane, colour));
    if (quantities.size() == 2) out.chart.steps.push_back(border(*runs[r].archive, plane, colour));
    add_front(out.chart, *runs[r].archive, plane, colour, quantities);
  }
  return out;
}

using Values = std::optional<std::vector<double>>;

Values hypervolumes(const SavedRun& run) {
  std::vector<double> out;
  for (const HistoryPoint& point : hypervolume_history(run.archive, run.bounds)) {
    out.push_back(point.hypervolume);
  }
  return out;
}

/// The share of the exact front's hypervolume that the run's front lacked.
Values hypervolumes_missing(const SavedRun& run) {
  const auto exact = exact_hypervolume(run.config, run.bounds);
  if (!exact || !(*exact > 0)) return std::nullopt;
  Values out = hypervolumes(run);
  for (double& value : *out) value = hypervolume_missing(*exact, value);
  return out;
}

/// What a run had reached after each evaluation, where that is known.
struct Measure {
  const char* name;
  const char* title;
  const char* label;
  bool over_time;  ///< not over evaluations alone
  Values (*values)(const SavedRun&);
};

constexpr std::array kMeasures = {
    Measure{"hypervolume", "hypervolume", "hypervolume, more is better", true, hypervolumes},
    Measure{"hypervolume_missing", "hypervolume missing",
            "share of the exact front's hypervolume, less is better", false, hypervolumes_missing}};

struct Progress {
  std::string run;
  const std::vector<Evaluation>* evaluations;
  std::vector<double> values;

  double elapsed_s(std::size_t i) const { return (*evaluations)[i].elapsed_s; }
};

std::string progress_csv(const Measure& measure, std::span<const Progress> runs) {
  const bool several = runs.size() > 1;
  std::vector<std::string> columns = {"evaluated", "elapsed_s", measure.name};
  if (several) columns.insert(columns.begin(), "run");
  std::string csv = csv_line(columns);
  for (const Progress& run : runs) {
    for (std::size_t i = 0; i < run.values.size(); ++i) {
      std::vector<std::string> fields = {std::to_string(i + 1), python_repr(run.elapsed_s(i)),
                                         python_repr(run.values[i])};
      if (several) fields.insert(fields.begin(), run.run);
      csv += csv_line(fields);
    }
  }
  return csv;
}

/// The evaluations at which the value changed, and the last one.
Steps progress_steps(const Progress& run, const std::string& colour, const Quantity* time) {
  Steps out{.look = look("progress", colour)};
  for (std::size_t i = 0; i < run.values.size(); ++i) {
    const bool ends = i == 0 || i + 1 == run.values.size();
    if (!ends && run.values[i] == run.values[i - 1]) continue;
    out.points.push_back(
        {time ? run.elapsed_s(i) * time->factor : static_cast<double>(i + 1), run.values[i]});
  }
  return out;
}

Figure progress_figure(const Measure& measure, std::span<const Progress> runs,
                       const Quantity* time) {
  const std::string heading =
      measure.title + std::string(time ? " over time" : " over evaluations");
  Figure out{.name = measure.name + std::string(time ? "_over_time" : "_over_evaluations"),
             .heading = heading,
             .chart = {.title = heading,
                       .x_label = time ? time->label() : "evaluations",
                       .y_label = measure.label},
             .csv = progress_csv(measure, runs)};
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const std::string colour = colour_of(r, runs.size());
    out.chart.steps.push_back(progress_steps(runs[r], colour, time));
    if (colour.empty()) continue;
    out.chart.legend.push_back(
        {.look = out.chart.steps.back().look, .text = runs[r].run, .line = true});
  }
  return out;
}

}  // namespace

std::string colour_of(std::size_t run, std::size_t runs) {
  constexpr std::size_t kColours = 6;
  if (runs == 1) return "";
  return "run" + std::to_string(run % kColours) + " of" + std::to_string(run);
}

std::vector<NamedArchive> archives_of(std::span<const SavedRun> runs) {
  std::vector<NamedArchive> out;
  for (const SavedRun& run : runs) {
    out.push_back({.name = run.folder.string(), .archive = &run.archive});
  }
  return out;
}

std::vector<LegendEntry> front_legend(std::span<const NamedArchive> runs) {
  std::vector<LegendEntry> out;
  bool outside = false;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    outside = outside || std::ranges::any_of(runs[r].archive->evaluations(), [](const auto& e) {
                return e.status == Status::kInfeasible;
              });
    if (runs.size() > 1) {
      out.push_back({.look = look("front", colour_of(r, runs.size())), .text = runs[r].name});
    }
  }
  if (runs.size() == 1) {
    out.push_back({.look = "front", .text = "on the front"});
    out.push_back({.look = "seen", .text = "evaluated"});
  }
  if (outside) out.push_back({.look = "outside", .text = "outside a constraint"});
  return out;
}

std::vector<Figure> front_figures(std::span<const NamedArchive> runs) {
  const std::vector<Quantity> shown = quantities(runs);
  const auto coordinate = [&](std::size_t objective) {
    return Coordinate{static_cast<int>(objective), &shown[objective]};
  };
  std::vector<Figure> out;
  for (std::size_t x = 0; x < shown.size(); ++x) {
    for (std::size_t y = x + 1; y < shown.size(); ++y) {
      out.push_back(front_figure(runs, {coordinate(x), coordinate(y)}, shown));
    }
  }
  if (shown.size() == 1) {
    const Quantity number{.name = "index"};
    out.push_back(front_figure(runs, {{Figure::kEvaluation, &number}, coordinate(0)}, shown));
  }
  return out;
}

std::vector<Figure> progress_figures(std::span<const SavedRun> runs) {
  double largest_s = 0;
  for (const SavedRun& run : runs) {
    const auto& evaluations = run.archive.evaluations();
    if (!evaluations.empty()) largest_s = std::max(largest_s, evaluations.back().elapsed_s);
  }
  const Quantity time = run_time(largest_s);
  std::vector<Figure> out;
  for (const Measure& measure : kMeasures) {
    std::vector<Progress> histories;
    for (const SavedRun& run : runs) {
      Values values = measure.values(run);
      if (!values) break;
      histories.push_back({.run = run.folder.string(),
                           .evaluations = &run.archive.evaluations(),
                           .values = std::move(*values)});
    }
    if (histories.size() < runs.size()) continue;
    out.push_back(progress_figure(measure, histories, nullptr));
    if (measure.over_time) out.push_back(progress_figure(measure, histories, &time));
  }
  return out;
}

}  // namespace lts::search

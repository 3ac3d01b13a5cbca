#include "search/report/machine_figures.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/csv.h"
#include "core/statistics.h"
#include "core/text.h"
#include "search/report/file_part.h"

namespace lts::search {
namespace {

using predictor::Measurement;
using predictor::Objective;

/// Half of the interval over the value; nothing where there is no interval or the value is 0.
std::optional<double> half_width(const Measurement& measurement) {
  if (!measurement.interval || measurement.value == 0) return std::nullopt;
  return measurement.interval->half_width() / std::abs(measurement.value);
}

std::optional<double> slowdown(const Measurement& measurement) {
  const auto& details = measurement.details;
  if (!details.is_object() || !details.contains("latency")) return std::nullopt;
  const auto& latency = details.at("latency");
  if (!latency.is_object() || !latency.contains("slowdown")) return std::nullopt;
  const auto& value = latency.at("slowdown");
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

bool is_cached(const Measurement& measurement) {
  return measurement.details.is_object() && measurement.details.value("cached", false);
}

/// The measurements of one objective that say how sure they are.
std::vector<const Measurement*> with_verdict(const Archive& archive, std::size_t objective) {
  std::vector<const Measurement*> out;
  for (const Evaluation& evaluation : archive.evaluations()) {
    if (evaluation.values.empty() || evaluation.values[objective].verdict.empty()) continue;
    out.push_back(&evaluation.values[objective]);
  }
  return out;
}

struct MedianAndWorst {
  std::optional<double> median, worst;
};

template <typename Value>
MedianAndWorst median_and_worst(std::span<const Measurement* const> measurements, Value value) {
  std::vector<double> values;
  for (const Measurement* measurement : measurements) {
    if (const auto found = value(*measurement)) values.push_back(*found);
  }
  if (values.empty()) return {};
  return {.median = median(values), .worst = std::ranges::max(values)};
}

NoiseSummary summary_of(std::span<const Measurement* const> measurements) {
  const auto count = [&](auto is) {
    return static_cast<std::size_t>(std::ranges::count_if(measurements, is));
  };
  const auto samples = median_and_worst(
      measurements, [](const Measurement& m) { return std::optional<double>(m.runs); });
  const auto width = median_and_worst(measurements, half_width);
  const auto slower = median_and_worst(measurements, slowdown);
  return {.measured = measurements.size(),
          .clean = count([](const Measurement* m) { return m->verdict == "clean"; }),
          .noisy = count([](const Measurement* m) { return m->verdict != "clean"; }),
          .cached = count([](const Measurement* m) { return is_cached(*m); }),
          .median_samples = samples.median.value_or(0),
          .median_half_width = width.median,
          .worst_half_width = width.worst,
          .median_slowdown = slower.median,
          .worst_slowdown = slower.worst};
}

/// Collects marks by verdict: both kinds in one figure.
struct ByVerdict {
  Dots clean{.look = "clean"}, noisy{.look = "noisy"};

  void add(const Measurement& measurement, const ChartPoint& at) {
    (measurement.verdict == "noisy" ? noisy : clean).points.push_back(at);
  }
  void give_to(Chart& chart) {
    chart.legend = {{.look = "clean", .text = "clean"}, {.look = "noisy", .text = "noisy"}};
    chart.dots.push_back(std::move(clean));
    chart.dots.push_back(std::move(noisy));
  }
};

void add_interval(std::vector<std::string>& fields, const Measurement& measurement) {
  const auto& interval = measurement.interval;
  fields.push_back(python_repr(measurement.value));
  fields.push_back(interval ? python_repr(interval->low) : "");
  fields.push_back(interval ? python_repr(interval->high) : "");
}

std::vector<std::string> interval_columns(const std::string& name) {
  return {name, name + "_ci_low", name + "_ci_high"};
}

Figure noise_figure(std::span<const SavedRun> runs, std::size_t objective,
                    const Quantity& quantity) {
  std::vector<std::string> columns = {"run", "archid"};
  for (const auto& column : interval_columns(quantity.name)) columns.push_back(column);
  for (const char* column : {"half_width", "samples", "verdict"}) columns.emplace_back(column);
  Figure out{.name = file_part(quantity.name) + "_noise",
             .heading = "how well " + quantity.name + " is known",
             .chart = {.x_label = quantity.label(),
                       .y_label = "half of the 95 % interval, % of the value"},
             .csv = csv_line(columns)};
  out.chart.title = out.heading;
  ByVerdict marks;
  for (const SavedRun& run : runs) {
    for (const Evaluation& evaluation : run.archive.evaluations()) {
      if (evaluation.values.empty()) continue;
      const Measurement& measurement = evaluation.values[objective];
      const auto width = half_width(measurement);
      if (measurement.verdict.empty() || !width) continue;
      marks.add(measurement, {measurement.value * quantity.factor, 100 * *width});
      std::vector<std::string> fields = {run.folder.string(), evaluation.candidate.archid};
      add_interval(fields, measurement);
      for (const std::string& field :
           {python_repr(*width), std::to_string(measurement.runs), measurement.verdict}) {
        fields.push_back(field);
      }
      out.csv += csv_line(fields);
    }
  }
  marks.give_to(out.chart);
  return out;
}

bool is_predicted(const Objective& objective) { return objective.free() && !objective.closed_form; }

void add_bars(Bars& bars, const Measurement& measurement, const ChartPoint& at, std::size_t axis,
              double factor) {
  if (!measurement.interval) return;
  std::array<ChartPoint, 2> ends = {at, at};
  ends[0][axis] = measurement.interval->low * factor;
  ends[1][axis] = measurement.interval->high * factor;
  bars.ends.push_back(ends);
}

/// How many of the measured values lie in their predicted intervals.
struct Coverage {
  std::size_t inside = 0, of = 0;

  void add(const Measurement& predicted, const Measurement& measured) {
    if (!predicted.interval) return;
    ++of;
    inside +=
        measured.value >= predicted.interval->low && measured.value <= predicted.interval->high;
  }
  std::string text() const {
    if (of == 0) return "predicted against measured";
    return std::to_string(inside) + " of " + std::to_string(of) +
           " measured values lie in their predicted interval";
  }
};

Figure prediction_figure(std::span<const SavedRun> runs, std::size_t predicted,
                         std::size_t measured, std::span<const Quantity> shown) {
  // One unit for both axes, so that the diagonal means equal.
  const Quantity& y = shown[measured];
  Quantity x = y;
  x.name = shown[predicted].name;
  std::vector<std::string> columns = {"run", "archid"};
  for (const std::string& name : {x.name, y.name})
    for (const auto& column : interval_columns(name)) columns.push_back(column);
  Figure out{.name = file_part(x.name) + "_predicts_" + file_part(y.name),
             .heading = x.name + " against measured " + y.name,
             .chart = {.x_label = "predicted: " + x.label(),
                       .y_label = "measured: " + y.label(),
                       .diagonal = true},
             .csv = csv_line(columns)};
  Bars bars{.look = "interval"};
  ByVerdict marks;
  Coverage coverage;
  for (const SavedRun& run : runs) {
    for (const Evaluation& evaluation : run.archive.evaluations()) {
      if (evaluation.values.empty()) continue;
      const Measurement &p = evaluation.values[predicted], &m = evaluation.values[measured];
      const ChartPoint at = {p.value * y.factor, m.value * y.factor};
      add_bars(bars, p, at, 0, y.factor);
      add_bars(bars, m, at, 1, y.factor);
      marks.add(m, at);
      coverage.add(p, m);
      std::vector<std::string> fields = {run.folder.string(), evaluation.candidate.archid};
      add_interval(fields, p);
      add_interval(fields, m);
      out.csv += csv_line(fields);
    }
  }
  out.chart.title = coverage.text();
  out.chart.bars.push_back(std::move(bars));
  marks.give_to(out.chart);
  return out;
}

}  // namespace

std::vector<NoiseSummary> noise_summaries(std::span<const SavedRun> runs) {
  std::vector<NoiseSummary> out;
  for (const SavedRun& run : runs) {
    for (std::size_t o = 0; o < run.archive.objectives().size(); ++o) {
      const auto measurements = with_verdict(run.archive, o);
      if (measurements.empty()) continue;
      out.push_back(summary_of(measurements));
      out.back().run = run.folder.string();
      out.back().objective = run.archive.objectives()[o].name;
    }
  }
  return out;
}

std::vector<Figure> noise_figures(std::span<const SavedRun> runs) {
  const std::vector<Quantity> shown = quantities(archives_of(runs));
  std::vector<Figure> out;
  for (std::size_t o = 0; o < shown.size(); ++o) {
    const bool any = std::ranges::any_of(runs, [&](const SavedRun& run) {
      return std::ranges::any_of(with_verdict(run.archive, o),
                                 [](const Measurement* m) { return half_width(*m).has_value(); });
    });
    if (any) out.push_back(noise_figure(runs, o, shown[o]));
  }
  return out;
}

std::vector<Figure> prediction_figures(std::span<const SavedRun> runs) {
  const std::vector<Quantity> shown = quantities(archives_of(runs));
  const auto& objectives = runs.front().archive.objectives();
  std::vector<Figure> out;
  for (std::size_t p = 0; p < objectives.size(); ++p) {
    if (!is_predicted(objectives[p]) || objectives[p].evaluator->unit().empty()) continue;
    for (std::size_t m = 0; m < objectives.size(); ++m) {
      const bool one_unit = objectives[m].evaluator->unit() == objectives[p].evaluator->unit();
      if (!objectives[m].free() && one_unit) out.push_back(prediction_figure(runs, p, m, shown));
    }
  }
  return out;
}

ReportFigures report_figures(std::span<const SavedRun> runs) {
  return {.front = front_figures(archives_of(runs)),
          .progress = progress_figures(runs),
          .prediction = prediction_figures(runs),
          .noise = noise_figures(runs)};
}

}  // namespace lts::search

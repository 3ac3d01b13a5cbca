#include "search/report/machine_section.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/text.h"
#include "search/report/json_table.h"
#include "search/report/machine_figures.h"
#include "search/report/markup.h"
#include "search/report/run_sections.h"

namespace lts::search {
namespace {

using Json = nlohmann::ordered_json;

std::string percent(const std::optional<double>& share) {
  return share ? human_percent(*share) : "";
}

std::string slower(const std::optional<double>& factor) {
  return factor ? human_percent(*factor - 1) : "";
}

std::string noise_table(std::span<const NoiseSummary> summaries, bool several) {
  MarkupTable table{.caption = "How sure the measurements are",
                    .columns = {"objective", "measured", "clean", "noisy", "runs each (median)",
                                "95 % interval, ± (median)", "± (widest)",
                                "slower than calm (median)", "slower (most)", "from a cache"}};
  for (const NoiseSummary& s : summaries) {
    table.rows.push_back(
        {escaped(s.objective) + (several ? ", " + escaped(s.run) : ""), std::to_string(s.measured),
         std::to_string(s.clean), std::to_string(s.noisy), short_number(s.median_samples),
         percent(s.median_half_width), percent(s.worst_half_width), slower(s.median_slowdown),
         slower(s.worst_slowdown), std::to_string(s.cached)});
  }
  return table_markup(table);
}

/// The device that a measurement says it was made on, else null.
Json device_of(const predictor::Measurement& measurement) {
  return measurement.details.is_object() ? measurement.details.value("hardware", Json()) : Json();
}

/// Every different device of a run's measurements, in the order in which they are met.
std::vector<Json> devices_of(const SavedRun& run) {
  std::vector<Json> devices;
  for (const Evaluation& evaluation : run.archive.evaluations()) {
    for (const auto& measurement : evaluation.values) {
      Json device = device_of(measurement);
      if (device.is_object() && std::ranges::find(devices, device) == devices.end()) {
        devices.push_back(std::move(device));
      }
    }
  }
  return devices;
}

std::string hardware_markup(std::span<const SavedRun> runs) {
  std::vector<std::pair<std::string, Json>> columns;
  bool measured = false;
  for (const SavedRun& run : runs) {
    std::vector<Json> devices = devices_of(run);
    measured = measured || !devices.empty();
    if (devices.empty()) devices.push_back(run.told("hardware"));
    for (std::size_t d = 0; d < devices.size(); ++d) {
      const std::string which = devices.size() > 1 ? ", device " + std::to_string(d + 1) : "";
      columns.emplace_back(
          runs.size() > 1 || devices.size() > 1 ? run.folder.string() + which : "value",
          std::move(devices[d]));
    }
  }
  std::string out = element("h3", measured ? "Measured on" : "Searched on");
  const bool differ = std::ranges::any_of(
      columns, [&](const auto& column) { return column.second != columns.front().second; });
  if (measured && differ) {
    out += element("p",
                   "Not all measurements were made on one and the same machine; latencies of two "
                   "machines make no front.",
                   "class=\"note\"");
  }
  if (columns.size() > 1 && !differ) {
    columns.erase(columns.begin() + 1, columns.end());
    columns.front().first = "all runs";
  }
  return out + json_table({.caption = "Hardware fingerprint"}, columns);
}

}  // namespace

std::string prediction_section(std::span<const Figure> figures) {
  if (figures.empty()) return "";
  std::string out = element("h2", "Predicted against measured");
  out +=
      element("p", "Bars are the predicted and the measured interval. On the line the two agree.");
  out += legend_markup(figures.front().chart.legend);
  for (const Figure& figure : figures) out += element("p", escaped(figure.chart.title));
  return element("section", out + figures_markup(figures), "id=\"prediction\"");
}

std::string machine_section(std::span<const SavedRun> runs, std::span<const Figure> noise) {
  std::string out = element("h2", "Measurement");
  const std::vector<NoiseSummary> summaries = noise_summaries(runs);
  if (summaries.empty()) {
    out += element("p", "Nothing was measured: every objective is computed.");
  } else {
    out += noise_table(summaries, runs.size() > 1);
    if (!noise.empty()) out += legend_markup(noise.front().chart.legend) + figures_markup(noise);
  }
  return element("section", out + hardware_markup(runs), "id=\"measurement\"");
}

}  // namespace lts::search

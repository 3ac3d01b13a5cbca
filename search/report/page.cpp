#include "search/report/page.h"

#include <algorithm>

#include "core/text.h"
#include "search/report/certificate_section.h"
#include "search/report/machine_section.h"
#include "search/report/markup.h"
#include "search/report/page_data.h"
#include "search/report/page_files.h"
#include "search/report/run_sections.h"

namespace lts::search {
namespace {

std::string script() {
  std::string out;
  for (const char* file : {"state.js", "chart.js", "kept.js", "table.js", "start.js"}) {
    out += page_file(file);
  }
  return out;
}

std::string data_text(std::span<const SavedRun> runs, std::span<const Quantity> shown) {
  using Json = nlohmann::ordered_json;
  return script_safe(page_data(runs, shown).dump(-1, ' ', true, Json::error_handler_t::replace));
}

std::string progress(std::span<const Figure> figures) {
  const auto& legend = figures.front().chart.legend;
  const bool regret = std::ranges::any_of(
      figures, [](const Figure& f) { return f.name.starts_with("hypervolume_missing"); });
  const std::string hint =
      "<p class=\"hint\">Missing is the share of what the exact front of the whole space dominates "
      "that the run's front does not.</p>\n";
  return (regret ? hint : "") + (legend.empty() ? "" : legend_markup(legend)) +
         figures_markup(figures);
}

/// "Searched for more size, less latency, less memory".
std::string lead(std::span<const Quantity> shown) {
  std::vector<std::string> parts;
  for (const Quantity& quantity : shown) {
    parts.push_back((quantity.maximize ? "more " : "less ") + quantity.name);
  }
  return "Searched for " + escaped(join(parts, ", "));
}

}  // namespace

std::string report_page(std::span<const SavedRun> runs, const ReportFigures& figures) {
  const std::vector<NamedArchive> archives = archives_of(runs);
  const std::vector<Quantity> shown = quantities(archives);
  return filled(page_file("page.html"), {{"title", escaped(report_title(runs))},
                                         {"style", std::string(page_file("chart.css")) +
                                                       std::string(page_file("page.css"))},
                                         {"runs", std::to_string(runs.size())},
                                         {"lead", lead(shown)},
                                         {"overview", overview(runs)},
                                         {"legend", legend_markup(front_legend(archives))},
                                         {"front", figures_markup(figures.front)},
                                         {"members", front_table(runs, shown)},
                                         {"certain", certificate_section(runs, shown)},
                                         {"progress", progress(figures.progress)},
                                         {"bounds", bounds_markup(runs, shown)},
                                         {"prediction", prediction_section(figures.prediction)},
                                         {"measurement", machine_section(runs, figures.noise)},
                                         {"failures", failures_section(runs)},
                                         {"repeat", repeat_section(runs)},
                                         {"data", data_text(runs, shown)},
                                         {"script", script()}});
}

}  // namespace lts::search

#include "search/report/run_sections.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <unordered_map>

#include "core/child_process.h"
#include "core/text.h"
#include "core/yaml.h"
#include "search/bounds.h"
#include "search/report/json_table.h"
#include "search/report/markup.h"
#include "search/report/page_data.h"
#include "search/run/run_tables.h"
#include "search/run/winners.h"
#include "space/family.h"

namespace lts::search {
namespace {

using Json = nlohmann::ordered_json;

std::string name_of(const SavedRun& run) { return escaped(run.folder.string()); }

std::string count_of(const Archive& archive, Status status) {
  return std::to_string(std::ranges::count(archive.evaluations(), status, &Evaluation::status));
}

std::string hypervolume_text(const SavedRun& run) {
  return run.bounds.empty() ? "" : short_number(hypervolume_of(run.archive, run.bounds), 5);
}

std::string end_text(const SavedRun& run) {
  static const std::map<std::string, std::string> kTexts = {
      {"", "not finished"},
      {"iterations", "all iterations done"},
      {"max_evaluations", "max_evaluations reached"},
      {"max_seconds", "max_seconds reached"},
      {"plateau", "hypervolume on a plateau"},
      {"exhausted", "nothing unseen left"}};
  const auto found = kTexts.find(run.end_reason);
  return found == kTexts.end() ? escaped(run.end_reason) : found->second;
}

std::string search_key(const SavedRun& run, const char* key) {
  const Json& search = run.config.resolved.at("search");
  if (!search.contains(key)) return "";
  const Json& value = search.at(key);
  return escaped(value.is_string() ? value.get<std::string>() : value.dump());
}

/// A name that may be broken after its underscores.
std::string breakable(const std::string& name) {
  std::string out;
  for (const char c : name) out += c == '_' ? "_<wbr>" : std::string(1, c);
  return out;
}

std::string tile(const std::string& value, const std::string& name, const std::string& more = "") {
  return element("div", element("dt", name) +
                            element("dd", element("b", value) + (more.empty() ? "" : " " + more)));
}

std::string tiles(const SavedRun& run) {
  const Archive& archive = run.archive;
  std::string beside;
  const std::string failed = count_of(archive, Status::kFailed);
  const std::string outside = count_of(archive, Status::kInfeasible);
  if (failed != "0") beside += failed + " failed ";
  if (outside != "0") beside += outside + " outside a constraint";
  return element("dl",
                 tile(std::to_string(archive.evaluations().size()), "evaluated", beside) +
                     tile(std::to_string(archive.front().size()), "on the front") +
                     tile(hypervolume_text(run), "hypervolume") +
                     tile(human_duration(run.elapsed_s), "time", end_text(run)) +
                     tile(breakable(search_key(run, "algorithm")), "algorithm",
                          "seed " + search_key(run, "seed")),
                 "class=\"tiles\"");
}

std::string run_swatch(std::size_t run, std::size_t runs) {
  return swatch_svg({.look = "front " + colour_of(run, runs), .text = {}});
}

std::string runs_table(std::span<const SavedRun> runs) {
  MarkupTable table{.caption = "The runs",
                    .columns = {"run", "algorithm", "seed", "evaluated", "failed", "on the front",
                                "hypervolume", "time", "ended by"}};
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const SavedRun& run = runs[r];
    table.rows.push_back(
        {run_swatch(r, runs.size()) + " " + name_of(run), search_key(run, "algorithm"),
         search_key(run, "seed"), std::to_string(run.archive.evaluations().size()),
         count_of(run.archive, Status::kFailed), std::to_string(run.archive.front().size()),
         hypervolume_text(run), human_duration(run.elapsed_s), end_text(run)});
  }
  return table_markup(table, "id=\"runs\"");
}

std::string numbers(std::span<const double> values) {
  std::string out;
  for (const double value : values) out += (out.empty() ? "" : " ") + python_repr(value);
  return out;
}

/// The searched genes of every family among the runs, in order.
std::vector<std::string> searched_genes(std::span<const SavedRun> runs) {
  std::vector<std::string> out;
  for (const SavedRun& run : runs) {
    for (const space::GeneSpec& spec : run.config.space.family().genes()) {
      const std::string name(spec.name);
      if (spec.fallback == 0 && std::ranges::find(out, name) == out.end()) out.push_back(name);
    }
  }
  return out;
}

std::string gene_cell(const space::Architecture& architecture, const std::string& gene) {
  if (!space::find_gene(architecture.family(), gene)) return "";
  std::string out;
  for (const std::int32_t value : architecture.gene(gene)) {
    out += (out.empty() ? "" : "|<wbr>") + std::to_string(value);
  }
  return out;
}

std::string value_cell(const predictor::Measurement& measurement, const Quantity& quantity) {
  std::string text = quantity.text(measurement.value);
  if (measurement.interval && measurement.value != 0) {
    const double half = measurement.interval->half_width() / std::abs(measurement.value);
    text += " <small>±" + human_percent(half) + "</small>";
  }
  if (measurement.verdict == "noisy") text += " <small class=\"flag\">noisy</small>";
  return element("td", text, "data-value=\"" + python_repr(measurement.value) + "\"");
}

/// One run's rows of the front's table.
class FrontRows {
 public:
  FrontRows(std::span<const SavedRun> runs, std::size_t run, std::span<const Quantity> quantities,
            const std::vector<std::string>& genes)
      : runs_(runs),
        run_(run),
        archive_(runs[run].archive),
        quantities_(quantities),
        genes_(genes) {
    const auto shown = shown_evaluations(archive_);
    for (std::size_t i = 0; i < shown.size(); ++i) positions_[shown[i]] = i;
    const auto winners = choose_winners(archive_, runs[run].config.winners);
    for (std::size_t w = 0; w < winners.size(); ++w) winners_[winners[w].evaluation] = w;
  }

  std::string markup() const {
    std::string out;
    for (const std::size_t index : sorted_front(archive_, 0)) out += row(index);
    return out;
  }

 private:
  std::string row(std::size_t index) const {
    const Evaluation& evaluation = archive_.evaluations()[index];
    const std::string& archid = evaluation.candidate.archid;
    const auto hash = archid.rfind('_') + 1;  // 0 where there is none
    std::string cells = element("th", escaped(archid.substr(0, hash + 8)),
                                "scope=\"row\" title=\"" + escaped(archid) + "\"");
    if (runs_.size() > 1) {
      cells += element("td", run_swatch(run_, runs_.size()) + " " + name_of(runs_[run_]));
    }
    const auto winner = winners_.find(index);
    cells += element("td", winner == winners_.end() ? "" : std::to_string(winner->second));
    for (const std::string& gene : genes_) {
      cells += element("td", gene_cell(evaluation.candidate.architecture, gene));
    }
    for (std::size_t o = 0; o < quantities_.size(); ++o) {
      cells += value_cell(evaluation.values[o], quantities_[o]);
    }
    return element("tr", cells,
                   "data-run=\"" + std::to_string(run_) + "\" data-at=\"" +
                       std::to_string(positions_.at(index)) + "\"");
  }

  std::span<const SavedRun> runs_;
  std::size_t run_;
  const Archive& archive_;
  std::span<const Quantity> quantities_;
  const std::vector<std::string>& genes_;
  std::unordered_map<std::size_t, std::size_t> positions_, winners_;
};

std::string command(const std::string& text) {
  return element("pre", element("code", escaped(text)), "class=\"command\"");
}

std::string disclosure(const std::string& title, const std::string& content) {
  return element("details", element("summary", title) + content);
}

std::string string_or_empty(const Json& value) {
  return value.is_string() ? value.get<std::string>() : "";
}

std::string repeat_one(const SavedRun& run) {
  const std::string folder = run.folder.string();
  std::string out;
  const std::string started = string_or_empty(run.told("command"));
  if (!started.empty()) out += element("p", "As it was started:") + command(started);
  out += element("p", "From its folder, with every file that the configuration names:") +
         command(command_line({"lts", "search", folder + "/config.yaml", "-o", folder + "-again"}));
  out += disclosure("Configuration",
                    element("pre", element("code", escaped(to_yaml(run.config.resolved)))));
  const Json versions = run.told("versions");
  if (!versions.empty()) {
    out += disclosure("Program and libraries",
                      json_table({.caption = "Program and libraries"}, {{"value", versions}}));
  }
  const std::string bibtex = string_or_empty(run.told("bibtex"));
  if (!bibtex.empty()) out += disclosure("How to cite", element("pre", escaped(bibtex)));
  return out;
}

}  // namespace

std::string report_title(std::span<const SavedRun> runs) {
  if (runs.size() == 1) return runs.front().folder.string();
  return std::to_string(runs.size()) + " search runs";
}

std::string overview(std::span<const SavedRun> runs) {
  return runs.size() == 1 ? tiles(runs.front()) : runs_table(runs);
}

std::string figure_markup(const Figure& figure) {
  const PageChart chart = chart_page_svg(figure.chart);
  std::string attributes = "class=\"plot\"";
  if (figure.axes) {
    attributes += " data-x=\"" + std::to_string(figure.axes->x) + "\" data-y=\"" +
                  std::to_string(figure.axes->y) + "\" data-range=\"" + numbers(chart.range) +
                  "\" data-box=\"" + numbers(chart.box) + "\"";
  }
  return element("figure", element("figcaption", escaped(figure.heading)) + chart.svg, attributes);
}

std::string figures_markup(std::span<const Figure> figures) {
  std::string out;
  for (const Figure& figure : figures) out += figure_markup(figure);
  return element("div", out, "class=\"plots\"");
}

std::string legend_markup(std::span<const LegendEntry> entries) {
  std::string out;
  for (const LegendEntry& entry : entries) {
    out += element("li", swatch_svg(entry) + element("span", escaped(entry.text)),
                   "data-look=\"" + escaped(entry.look) + "\"");
  }
  return element("ul", out, "class=\"legend\"");
}

std::string front_table(std::span<const SavedRun> runs, std::span<const Quantity> quantities) {
  const std::vector<std::string> genes = searched_genes(runs);
  std::vector<std::string> columns = {"architecture", "winner"};
  if (runs.size() > 1) columns.insert(columns.begin() + 1, "run");
  columns.insert(columns.end(), genes.begin(), genes.end());
  for (const Quantity& quantity : quantities) columns.push_back(escaped(quantity.label()));
  std::string head, body;
  for (const std::string& column : columns) head += element("th", column, "scope=\"col\"");
  for (std::size_t r = 0; r < runs.size(); ++r) {
    body += FrontRows(runs, r, quantities, genes).markup();
  }
  const std::string caption = runs.size() > 1 ? "Members of the fronts" : "Members of the front";
  return element(
      "div",
      element("table",
              element("caption", caption) + element("thead", element("tr", head)) +
                  element("tbody", body),
              "id=\"members\""),
      "class=\"scroll tall\" tabindex=\"0\" role=\"region\" aria-label=\"" + caption + "\"");
}

std::string bounds_markup(std::span<const SavedRun> runs, std::span<const Quantity> quantities) {
  const auto differs = std::ranges::find_if_not(
      runs, [&](const SavedRun& run) { return run.bounds == runs.front().bounds; });
  std::string out;
  if (differs != runs.end()) {
    out += element("p",
                   "The hypervolumes of these runs are taken between different bounds: they "
                   "cannot be compared.",
                   "class=\"note\"");
  }
  MarkupTable table{.caption = "Bounds of the hypervolume", .columns = {"objective", "from", "to"}};
  if (runs.size() > 1) table.columns.insert(table.columns.begin(), "run");
  for (const SavedRun& run : differs == runs.end() ? runs.first(1) : runs) {
    for (const Quantity& quantity : quantities) {
      const auto found = run.bounds.find(quantity.name);
      if (found == run.bounds.end()) continue;
      table.rows.push_back({escaped(quantity.label()), quantity.text(found->second.low),
                            quantity.text(found->second.high)});
      if (runs.size() > 1) {
        table.rows.back().insert(table.rows.back().begin(),
                                 differs == runs.end() ? "all" : name_of(run));
      }
    }
  }
  return out + disclosure("Between which bounds", table_markup(table));
}

std::string failures_section(std::span<const SavedRun> runs) {
  constexpr std::size_t kMost = 20;
  std::map<std::array<std::string, 3>, std::size_t> counts;
  for (const SavedRun& run : runs) {
    for (const Evaluation& evaluation : run.archive.evaluations()) {
      if (evaluation.status != Status::kFailed) continue;
      ++counts[{run.folder.string(), evaluation.failure.kind, evaluation.failure.reason}];
    }
  }
  if (counts.empty()) return "";
  std::vector<std::pair<std::array<std::string, 3>, std::size_t>> rows(counts.begin(),
                                                                       counts.end());
  std::ranges::stable_sort(rows, std::greater<>(), [](const auto& row) { return row.second; });
  MarkupTable table{.caption = "Failed candidates",
                    .columns = {"reason", "kind", "run", "candidates"}};
  for (const auto& [what, count] : std::span(rows).first(std::min(kMost, rows.size()))) {
    table.rows.push_back(
        {escaped(what[2]), escaped(what[1]), escaped(what[0]), std::to_string(count)});
  }
  const std::string more =
      rows.size() > kMost
          ? element("p", std::to_string(rows.size() - kMost) + " more in failures.csv")
          : "";
  return element("section", element("h2", "Failures") + table_markup(table) + more,
                 "id=\"failures\"");
}

std::string repeat_section(std::span<const SavedRun> runs) {
  std::string out = element("h2", runs.size() > 1 ? "Repeat these runs" : "Repeat this run");
  for (const SavedRun& run : runs) {
    if (runs.size() > 1) out += element("h3", name_of(run));
    out += repeat_one(run);
  }
  return element("section", out, "id=\"repeat\"");
}

}  // namespace lts::search

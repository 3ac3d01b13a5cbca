#include "search/compare/comparison.h"

#include <cmath>
#include <iostream>

#include "cli/command.h"
#include "cli/commands.h"
#include "core/error.h"
#include "core/log.h"
#include "core/table.h"
#include "core/text.h"

namespace lts::cli {
namespace {

using nlohmann::ordered_json;
using search::AtBudget;
using search::ComparedGroup;
using search::ComparedPair;
using search::Comparison;

Arguments arguments() {
  Arguments args("compare RUN_DIR... [--by KEY]",
                 "lts compare runs/evolution runs/random --evaluations 100,500");
  args.positional("run_dir", Count::kSome,
                  "folders of search runs, or of `lts search --seeds`, which hold several")
      .option("by", "KEY",
              "what makes a group: a key of config.yaml, as mutation_probability, or folder "
              "(default: algorithm)")
      .option("evaluations", "N,N",
              "compare after so many (default: a quarter, a half and all of the shortest run's)")
      .option("seconds", "S,S", "compare after so many (default: likewise)")
      .options("bounds", "NAME=LOW,HIGH", "of an objective's hypervolume, instead of the runs' own")
      .flag("tests", "print the table of the rank tests alone")
      .option("format", "table|csv|md|tex",
              "how the tables are printed (default table); csv holds one table: the groups, with "
              "--tests the rank tests");
  return args;
}

/// The numbers of "--NAME 1,2,3", each above 0.
std::vector<double> numbers_of(const Arguments& args, const std::string& name) {
  std::vector<double> out;
  if (!args.has(name)) return out;
  for (const std::string& text : split(args.text(name), ',')) {
    double value = 0;
    if (!parse_double(text, value) || value <= 0) {
      throw user_error("--" + name + " " + args.text(name) + ": '" + text +
                       "' is no number above 0; accepted: numbers with commas between them");
    }
    out.push_back(value);
  }
  return out;
}

std::vector<std::size_t> counts_of(const Arguments& args, const std::string& name) {
  std::vector<std::size_t> out;
  for (const double value : numbers_of(args, name)) {
    if (value > 1e12 || value != std::floor(value)) {
      throw user_error("--" + name + " " + args.text(name) + ": " + short_number(value) +
                       " is no whole number");
    }
    out.push_back(static_cast<std::size_t>(value));
  }
  return out;
}

std::map<std::string, search::Bounds> bounds_of(const Arguments& args) {
  std::map<std::string, search::Bounds> out;
  for (const std::string& text : args.texts("bounds")) {
    const auto equals = text.rfind('=');
    const auto comma = text.rfind(',');
    search::Bounds bounds;
    const bool good = equals != std::string::npos && comma != std::string::npos && equals > 0 &&
                      equals < comma &&
                      parse_double(text.substr(equals + 1, comma - equals - 1), bounds.low) &&
                      parse_double(text.substr(comma + 1), bounds.high) && bounds.low < bounds.high;
    if (!good) {
      throw user_error("--bounds " + text + ": must look like NAME=LOW,HIGH with LOW below HIGH");
    }
    out[text.substr(0, equals)] = bounds;
  }
  return out;
}

ordered_json band_json(const AtBudget& at) {
  return {{"median", at.band.median},
          {"quartiles", {at.band.low, at.band.high}},
          {"values", at.values}};
}

ordered_json budget_json(double budget, bool in_seconds) {
  if (in_seconds) return {{"seconds", budget}};
  return {{"evaluations", static_cast<std::size_t>(budget)}};
}

ordered_json budgets_json(const std::vector<AtBudget>& budgets, bool in_seconds) {
  auto out = ordered_json::array();
  for (const AtBudget& at : budgets) {
    ordered_json one = budget_json(at.budget, in_seconds);
    one.update(band_json(at));
    out.push_back(std::move(one));
  }
  return out;
}

/// A pair as the group `group` sees it.
ordered_json pair_json(const Comparison& comparison, const ComparedPair& pair, std::size_t group) {
  const bool is_first = pair.first == group;
  const auto& groups = comparison.groups;
  const auto pairs =
      static_cast<double>(groups[pair.first].runs.size() * groups[pair.second].runs.size());
  ordered_json out = {{"against", groups[is_first ? pair.second : pair.first].name}};
  out.update(budget_json(pair.budget, pair.in_seconds));
  out["u"] = is_first ? pair.u : pairs - pair.u;
  out["better_share"] = is_first ? pair.better_share : 1 - pair.better_share;
  out["p_value"] = pair.p_value;
  out["p_value_holm"] = pair.holm_p_value;
  out["exact"] = pair.exact;
  return out;
}

ordered_json group_json(const Comparison& comparison, std::size_t index, const std::string& by) {
  const ComparedGroup& group = comparison.groups[index];
  auto runs = ordered_json::array(), tests = ordered_json::array();
  for (std::size_t i = 0; i < group.runs.size(); ++i) {
    const search::RecordedRun& run = comparison.runs[group.runs[i]].run;
    runs.push_back({{"run_dir", run.folder.string()},
                    {"evaluated", run.evaluations.size()},
                    {"elapsed_s", run.elapsed_s},
                    {"hypervolume", group.last.values[i]},
                    {"finished", !run.end_reason.empty()}});
  }
  for (const ComparedPair& pair : comparison.pairs) {
    if (pair.first == index || pair.second == index)
      tests.push_back(pair_json(comparison, pair, index));
  }
  return {{"by", by},
          {"group", group.name},
          {"n", group.runs.size()},
          {"final", band_json(group.last)},
          {"at_evaluations", budgets_json(group.evaluations, false)},
          {"at_seconds", budgets_json(group.seconds, true)},
          {"tests", tests},
          {"runs", runs}};
}

/// A band as one cell for people, as three for programs.
void add_band(std::vector<std::string>& row, const AtBudget& at, TableFormat format) {
  if (format == TableFormat::kCsv) {
    for (const double value : {at.band.median, at.band.low, at.band.high})
      row.push_back(python_repr(value));
    return;
  }
  row.push_back(short_number(at.band.median) + " (" + short_number(at.band.low) + " to " +
                short_number(at.band.high) + ")");
}

void add_column(Table& table, const std::string& name, TableFormat format) {
  table.columns.push_back(name);
  if (format != TableFormat::kCsv) return;
  for (const char* end : {" q1", " q3"}) table.columns.push_back(name + end);
}

Table groups_table(const Comparison& comparison, const std::string& by, TableFormat format) {
  Table table{.columns = {by, "runs"}, .rows = {}};
  const bool csv = format == TableFormat::kCsv;
  for (const AtBudget& at : comparison.groups.front().evaluations)
    add_column(table, short_number(at.budget, 12) + " evaluations", format);
  for (const AtBudget& at : comparison.groups.front().seconds) {
    add_column(table, csv ? python_repr(at.budget) + " s" : human_duration(at.budget), format);
  }
  add_column(table, "at the end", format);
  for (const ComparedGroup& group : comparison.groups) {
    std::vector<std::string> row = {group.name, std::to_string(group.runs.size())};
    for (const AtBudget& at : group.evaluations) add_band(row, at, format);
    for (const AtBudget& at : group.seconds) add_band(row, at, format);
    add_band(row, group.last, format);
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// The rank tests for programs: the budget in the column of its kind.
Table tests_csv(const Comparison& comparison) {
  Table table{.columns = {"first", "second", "evaluations", "seconds", "u", "better_share",
                          "p_value", "p_value_holm", "exact"},
              .rows = {}};
  for (const ComparedPair& pair : comparison.pairs) {
    table.rows.push_back({comparison.groups[pair.first].name, comparison.groups[pair.second].name,
                          pair.in_seconds ? "" : short_number(pair.budget, 12),
                          pair.in_seconds ? python_repr(pair.budget) : "", python_repr(pair.u),
                          python_repr(pair.better_share), python_repr(pair.p_value),
                          python_repr(pair.holm_p_value), pair.exact ? "True" : "False"});
  }
  return table;
}

Table tests_table(const Comparison& comparison, TableFormat format) {
  if (format == TableFormat::kCsv) return tests_csv(comparison);
  Table table{.columns = {"first", "second", "after", "first better", "U", "p", "p (Holm)"},
              .rows = {}};
  for (const ComparedPair& pair : comparison.pairs) {
    table.rows.push_back({comparison.groups[pair.first].name, comparison.groups[pair.second].name,
                          pair.in_seconds ? human_duration(pair.budget)
                                          : short_number(pair.budget, 12) + " evaluations",
                          human_percent(pair.better_share), short_number(pair.u, 6),
                          short_number(pair.p_value, 3), short_number(pair.holm_p_value, 3)});
  }
  return table;
}

void print_tests(const Comparison& comparison, TableFormat format) {
  if (comparison.pairs.empty()) log::warning("--tests: one group alone is not tested");
  std::cout << format_table(tests_table(comparison, format), format);
}

void print(const Comparison& comparison, const std::string& by, TableFormat format) {
  std::cout << format_table(groups_table(comparison, by, format), format);
  // Two tables make no CSV file.
  if (comparison.pairs.empty() || format == TableFormat::kCsv) return;
  std::cout << "\n" << format_table(tests_table(comparison, format), format);
}

}  // namespace

int compare(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const TableFormat format = table_format(args.text("format", "table"));
  const search::CompareOptions options = {.by = args.text("by", "algorithm"),
                                          .evaluations = counts_of(args, "evaluations"),
                                          .seconds = numbers_of(args, "seconds"),
                                          .bounds = bounds_of(args)};
  std::vector<search::NamedRun> runs;
  for (const std::string& word : args.texts("run_dir")) {
    for (search::NamedRun& run : search::read_named_runs(word)) runs.push_back(std::move(run));
  }
  const Comparison comparison = search::compare_runs(std::move(runs), options);
  for (const std::string& note : comparison.notes) log::warning(note);
  if (args.json()) {
    auto rows = ordered_json::array();
    for (std::size_t i = 0; i < comparison.groups.size(); ++i)
      rows.push_back(group_json(comparison, i, options.by));
    print_json(rows);
  } else if (args.has("tests")) {
    print_tests(comparison, format);
  } else {
    print(comparison, options.by, format);
  }
  return 0;
}

}  // namespace lts::cli

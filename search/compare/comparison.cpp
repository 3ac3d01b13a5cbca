#include "search/compare/comparison.h"

#include <algorithm>
#include <functional>

#include "core/error.h"
#include "core/rank_test.h"
#include "core/statistics.h"
#include "search/compare/comparable.h"
#include "search/compare/foreign_run.h"
#include "search/run/run_folder.h"

namespace lts::search {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string group_of(const NamedRun& named, const std::string& by) {
  if (by == "folder") return named.named_by;
  const Json value = value_at(named.run.config, by);
  return value_text(value.is_null() ? value_at(named.run.config, "search." + by) : value);
}

void refuse_unknown_key(const std::vector<NamedRun>& runs, const std::string& by) {
  if (by == "folder") return;
  std::vector<std::string> keys = {"folder"};
  for (const NamedRun& named : runs) {
    for (const std::string& path : {by, "search." + by}) {
      if (!value_at(named.run.config, path).is_null()) return;
    }
    const Json search = value_at(named.run.config, "search");
    for (const auto& [key, value] : search.items()) {
      if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
    }
  }
  throw user_error("--by: no run's config.yaml has '" + by + "'" + accepted_names(by, keys));
}

std::vector<ComparedGroup> groups_of(const std::vector<NamedRun>& runs, const std::string& by) {
  refuse_unknown_key(runs, by);
  std::vector<ComparedGroup> groups;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::string name = group_of(runs[i], by);
    auto found = std::ranges::find(groups, name, &ComparedGroup::name);
    if (found == groups.end()) found = groups.insert(found, ComparedGroup{.name = name});
    found->runs.push_back(i);
  }
  return groups;
}

template <typename T>
std::vector<T> distinct(std::vector<T> budgets) {
  std::ranges::sort(budgets);
  const auto repeated = std::ranges::unique(budgets);
  budgets.erase(repeated.begin(), repeated.end());
  return budgets;
}

std::vector<std::size_t> evaluation_budgets(const std::vector<NamedRun>& runs,
                                            const CompareOptions& options) {
  if (!options.evaluations.empty()) return distinct(options.evaluations);
  std::size_t shortest = runs.front().run.evaluations.size();
  for (const NamedRun& named : runs) shortest = std::min(shortest, named.run.evaluations.size());
  return distinct<std::size_t>({(shortest + 3) / 4, (shortest + 1) / 2, shortest});
}

std::vector<double> second_budgets(const std::vector<NamedRun>& runs,
                                   const CompareOptions& options) {
  if (!options.seconds.empty()) return distinct(options.seconds);
  double shortest = runs.front().run.evaluations.back().elapsed_s;
  for (const NamedRun& named : runs)
    shortest = std::min(shortest, named.run.evaluations.back().elapsed_s);
  return distinct<double>({shortest / 4, shortest / 2, shortest});
}

AtBudget at_budget(double budget, std::vector<double> values) {
  const Band band = {quantile(values, 0.25), median(values), quantile(values, 0.75)};
  return {.budget = budget, .values = std::move(values), .band = band};
}

using Histories = std::vector<std::vector<HistoryPoint>>;

/// The group's runs after a budget; `value` reads it off a run's history.
template <typename Value>
AtBudget group_at(const ComparedGroup& group, const Histories& histories, double budget,
                  Value value) {
  std::vector<double> values;
  for (const std::size_t run : group.runs) values.push_back(value(histories[run]));
  return at_budget(budget, std::move(values));
}

void score(ComparedGroup& group, const Histories& histories,
           const std::vector<std::size_t>& evaluations, const std::vector<double>& seconds) {
  for (const std::size_t budget : evaluations) {
    group.evaluations.push_back(
        group_at(group, histories, static_cast<double>(budget),
                 [&](const auto& history) { return hypervolume_after(history, budget); }));
  }
  for (const double budget : seconds) {
    group.seconds.push_back(group_at(group, histories, budget, [&](const auto& history) {
      return hypervolume_at(history, budget);
    }));
  }
  group.last =
      group_at(group, histories, 0, [](const auto& history) { return history.back().hypervolume; });
}

/// Every two groups after their last budget of this kind.
void add_pairs(Comparison& comparison, std::vector<AtBudget> ComparedGroup::*budgets,
               bool in_seconds) {
  std::vector<ComparedPair> pairs;
  std::vector<double> p_values;
  const auto& groups = comparison.groups;
  for (std::size_t first = 0; first < groups.size(); ++first) {
    for (std::size_t second = first + 1; second < groups.size(); ++second) {
      const AtBudget& one = (groups[first].*budgets).back();
      const AtBudget& other = (groups[second].*budgets).back();
      const RankTest test = mann_whitney(one.values, other.values);
      const auto all = static_cast<double>(one.values.size() * other.values.size());
      pairs.push_back({.first = first,
                       .second = second,
                       .in_seconds = in_seconds,
                       .budget = one.budget,
                       .u = test.u,
                       .better_share = test.u / all,
                       .p_value = test.p_value,
                       .exact = test.exact});
      p_values.push_back(test.p_value);
    }
  }
  const std::vector<double> adjusted = holm(p_values);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i].holm_p_value = adjusted[i];
    comparison.pairs.push_back(pairs[i]);
  }
}

bool holds_any_run(const fs::path& folder) {
  return holds_run(folder) || holds_foreign_run(folder);
}

RecordedRun read_run(const fs::path& folder) {
  return holds_run(folder) ? read_recorded_run(folder) : read_foreign_run(folder);
}

bool is_shorter(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace

std::vector<NamedRun> read_named_runs(const std::string& word) {
  const fs::path folder = word;
  if (!fs::is_directory(folder)) throw user_error({word}, "is no folder of a search run");
  if (holds_any_run(folder)) return {{.run = read_run(folder), .named_by = word}};
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory() && holds_any_run(entry.path()))
      names.push_back(entry.path().filename().string());
  }
  if (names.empty()) {
    throw user_error({word}, "holds no search run, nor do its sub-folders");
  }
  std::ranges::sort(names, is_shorter);  // seed-2 before seed-10
  std::vector<NamedRun> runs;
  for (const std::string& name : names) {
    runs.push_back({.run = read_run(folder / name), .named_by = word});
  }
  return runs;
}

Comparison compare_runs(std::vector<NamedRun> runs, const CompareOptions& options) {
  LTS_ASSERT(!runs.empty());
  Comparison out{.runs = std::move(runs)};
  out.bounds = bounds_of_all(out.runs, options.bounds);
  out.groups = groups_of(out.runs, options.by);
  Histories histories;
  for (const NamedRun& named : out.runs) histories.push_back(named.run.history(out.bounds));
  const auto evaluations = evaluation_budgets(out.runs, options);
  const auto seconds = second_budgets(out.runs, options);
  for (ComparedGroup& group : out.groups) score(group, histories, evaluations, seconds);
  std::ranges::stable_sort(out.groups, std::greater<>(), [](const ComparedGroup& group) {
    return group.evaluations.back().band.median;
  });
  add_pairs(out, &ComparedGroup::evaluations, false);
  add_pairs(out, &ComparedGroup::seconds, true);
  out.notes = notes_on(out);
  return out;
}

}  // namespace lts::search

#pragma once

#include <map>
#include <string>
#include <vector>

#include "search/compare/recorded_run.h"

namespace lts::search {

/// A run to be compared, and the word by which the user named it (a folder of runs names several).
struct NamedRun {
  RecordedRun run;
  std::string named_by;
};

struct CompareOptions {
  /// What makes a group: a key of config.yaml ("search.mutation_probability"; "search." may be left
  /// out), or "folder", the word by which a run was named.
  std::string by = "algorithm";
  /// Budgets at which runs are compared; empty: a quarter, a half and all of what the shortest run
  /// has.
  std::vector<std::size_t> evaluations{};
  std::vector<double> seconds{};
  std::map<std::string, Bounds> bounds{};  ///< instead of the runs' own, by objective
};

/// Median and quartiles of the runs of a group.
struct Band {
  double low = 0, median = 0, high = 0;
};

/// The runs of a group after one budget.
struct AtBudget {
  double budget = 0;           ///< evaluations or seconds
  std::vector<double> values;  ///< hypervolume of each run, in the group's order
  Band band;
};

struct ComparedGroup {
  std::string name;
  std::vector<std::size_t> runs;  ///< indices into Comparison::runs
  std::vector<AtBudget> evaluations, seconds;
  AtBudget last;  ///< at each run's own end; its `budget` says nothing
};

/// Mann-Whitney's U test of the hypervolumes of two groups after one budget.
struct ComparedPair {
  std::size_t first = 0, second = 0;  ///< indices into Comparison::groups
  bool in_seconds = false;            ///< of what `budget` is
  double budget = 0;
  double u = 0;
  double better_share = 0;  ///< of the pairs of runs, in which the first is better, ties a half
  double p_value = 1, holm_p_value = 1;  ///< two-sided; adjusted for all pairs at this budget
  bool exact = true;
};

struct Comparison {
  std::vector<NamedRun> runs;
  std::map<std::string, Bounds> bounds;  ///< of every run
  std::vector<ComparedGroup> groups;     ///< highest median after the most evaluations first
  std::vector<ComparedPair> pairs;       ///< after the largest budgets, evaluations first
  std::vector<std::string> notes;        ///< what a reader must know
};

/// Reads the runs that a word names: a run's folder, or a folder whose sub-folders are runs (`lts
/// search --seeds`). \throws Error kUser when it holds neither.
std::vector<NamedRun> read_named_runs(const std::string& word);

/// Compares runs of one space and the same objectives. \throws Error kUser when a run is named
/// twice; when two differ in space, objectives or the hypervolume's bounds, naming the difference;
/// when no run has the key of `by`.
Comparison compare_runs(std::vector<NamedRun> runs, const CompareOptions& options);

}  // namespace lts::search

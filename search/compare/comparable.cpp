#include "search/compare/comparable.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/json_difference.h"
#include "core/text.h"

namespace lts::search {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Notes = std::vector<std::string>;

std::string text_of(const Bounds& bounds) {
  return "[" + python_repr(bounds.low) + ", " + python_repr(bounds.high) + "]";
}

void refuse_twice(const std::vector<NamedRun>& runs) {
  std::set<fs::path> folders;
  for (const NamedRun& named : runs) {
    if (folders.insert(fs::weakly_canonical(fs::absolute(named.run.folder))).second) continue;
    throw user_error({named.run.folder.string()}, "is named twice; a run counts once");
  }
}

void refuse_other_part(const RecordedRun& first, const RecordedRun& run, const std::string& key) {
  const auto differs = json_difference(value_at(first.config, key), value_at(run.config, key));
  if (!differs) return;
  const std::string where = differs->path.empty() ? key : key + "." + differs->path;
  throw user_error({run.folder.string()}, "has another " + key + " than " + first.folder.string() +
                                              ": " + where + " is " + value_text(differs->now) +
                                              ", there " + value_text(differs->before) +
                                              "; such runs are not compared");
}

void refuse_other_bounds(const RecordedRun& first, const RecordedRun& run,
                         const std::map<std::string, Bounds>& given) {
  if (run.bounds.empty()) return;
  for (const auto& [name, had] : first.bounds) {
    const Bounds& has = run.bounds.at(name);
    if (given.contains(name) || has == had) continue;
    throw user_error({run.folder.string()},
                     "has other hypervolume bounds than " + first.folder.string() + ": " + name +
                         " between " + text_of(has) + ", there " + text_of(had) + "; --bounds " +
                         name + "=LOW,HIGH scores all runs between the same");
  }
}

/// Runs of another program are scored between the bounds of ours.
const RecordedRun& first_with_bounds(const std::vector<NamedRun>& runs) {
  const auto found =
      std::ranges::find_if(runs, [](const NamedRun& named) { return !named.run.bounds.empty(); });
  return found == runs.end() ? runs.front().run : found->run;
}

Error no_bounds(const RecordedRun& run, const std::string& objective) {
  return user_error({run.folder.string()},
                    "is a run of another program and has no hypervolume bounds; compare it with a "
                    "run of lts search, or give --bounds " +
                        objective + "=LOW,HIGH");
}

void refuse_unknown_bounds(const RecordedRun& run, const std::map<std::string, Bounds>& given) {
  std::vector<std::string> names;
  for (const auto& objective : run.objectives) names.push_back(objective.name);
  for (const auto& [name, bounds] : given) {
    if (std::ranges::find(names, name) != names.end()) continue;
    throw user_error("--bounds: '" + name + "' is no objective of the runs" +
                     accepted_names(name, names));
  }
}

/// What the runs of a group should have in common.
Json repeatable_part(const RecordedRun& run) {
  Json search = value_at(run.config, "search");
  for (const char* key : {"seed", "space_seed"}) {
    if (search.is_object()) search.erase(key);
  }
  return search;
}

void note_mixed_groups(const Comparison& comparison, Notes& notes) {
  for (const ComparedGroup& group : comparison.groups) {
    const RecordedRun& first = comparison.runs[group.runs.front()].run;
    for (const std::size_t index : group.runs) {
      const RecordedRun& run = comparison.runs[index].run;
      const auto differs = json_difference(repeatable_part(first), repeatable_part(run));
      if (!differs) continue;
      notes.push_back("group " + group.name + " mixes runs that differ in search." + differs->path +
                      " (" + value_text(differs->before) + " and " + value_text(differs->now) +
                      ")");
      break;
    }
  }
}

void note_unfinished(const Comparison& comparison, Notes& notes) {
  for (const auto& [run, named_by] : comparison.runs) {
    if (!run.end_reason.empty()) continue;
    notes.push_back(run.folder.string() + " is unfinished: " +
                    std::to_string(run.evaluations.size()) + " evaluations so far");
  }
}

/// Seconds of two machines do not compare, nor do latencies measured on them.
void note_other_machine(const Comparison& comparison, Notes& notes) {
  const RecordedRun& first = comparison.runs.front().run;
  for (const auto& [run, named_by] : comparison.runs) {
    for (const char* key : {"cpu_model", "num_cpus"}) {
      const Json was = value_at(first.environment, std::string("hardware.") + key);
      const Json is = value_at(run.environment, std::string("hardware.") + key);
      if (was == is || was.is_null() || is.is_null()) continue;
      notes.push_back(run.folder.string() + " ran on another machine than " +
                      first.folder.string() + ": " + key + " is " + value_text(is) + ", there " +
                      value_text(was) + "; seconds and measured values do not compare");
      return;
    }
  }
}

}  // namespace

std::map<std::string, Bounds> bounds_of_all(const std::vector<NamedRun>& runs,
                                            const std::map<std::string, Bounds>& given) {
  const RecordedRun& first = runs.front().run;
  const RecordedRun& bounded = first_with_bounds(runs);
  refuse_twice(runs);
  refuse_unknown_bounds(first, given);
  for (const NamedRun& named : runs) {
    refuse_other_part(first, named.run, "space");
    refuse_other_part(first, named.run, "objectives");
    refuse_other_bounds(bounded, named.run, given);
  }
  std::map<std::string, Bounds> bounds = bounded.bounds;
  for (const auto& [name, pair] : given) bounds[name] = pair;
  for (const auto& objective : first.objectives) {
    if (!bounds.contains(objective.name)) throw no_bounds(first, objective.name);
  }
  return bounds;
}

std::vector<std::string> notes_on(const Comparison& comparison) {
  Notes notes;
  note_mixed_groups(comparison, notes);
  note_unfinished(comparison, notes);
  note_other_machine(comparison, notes);
  return notes;
}

Json value_at(const Json& config, const std::string& path) {
  const Json* value = &config;
  for (const std::string& key : split(path, '.')) {
    if (!value->is_object() || !value->contains(key)) return nullptr;
    value = &value->at(key);
  }
  return *value;
}

std::string value_text(const Json& value) {
  if (value.is_null()) return "none";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace lts::search

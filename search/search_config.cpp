#include "search/search_config.h"

#include <algorithm>

#include "core/config_reader.h"
#include "core/log.h"
#include "core/text.h"
#include "search/feasibility.h"
#include "search/objective_config.h"
#include "search/run/warm_start.h"
#include "space/space_config.h"

namespace lts::search {
namespace {

constexpr std::int64_t kMaxCount = 1'000'000'000;

std::vector<std::string> names_of(const std::vector<predictor::Objective>& objectives) {
  std::vector<std::string> names;
  for (const auto& objective : objectives) names.push_back(objective.name);
  return names;
}

void check_objective_name(const YamlNode& node, const std::string& name, const std::string& what,
                          const std::vector<std::string>& names) {
  if (std::ranges::find(names, name) != names.end()) return;
  throw user_error(node.place,
                   what + " '" + name + "' is no objective" + accepted_names(name, names));
}

Budget read_budget(MapReader& reader, nlohmann::ordered_json& resolved) {
  Budget budget;
  budget.iterations = static_cast<int>(
      reader.integer("iterations", budget.iterations, {.min = 1, .max = 1'000'000}));
  resolved["iterations"] = budget.iterations;
  if (const YamlNode* node = reader.child("max_evaluations")) {
    budget.max_evaluations = as_int(*node, "search.max_evaluations", {.min = 1, .max = kMaxCount});
    resolved["max_evaluations"] = *budget.max_evaluations;
  }
  if (const YamlNode* node = reader.child("max_seconds")) {
    budget.max_seconds = as_double(*node, "search.max_seconds", {.min = 0, .max = 1e9});
    resolved["max_seconds"] = *budget.max_seconds;
  }
  if (const YamlNode* node = reader.child("plateau")) {
    MapReader plateau(*node, "search.plateau");
    Budget::Plateau value;
    value.window =
        static_cast<int>(plateau.integer("window", value.window, {.min = 1, .max = 1'000'000}));
    value.relative = plateau.number("relative", value.relative, {.min = 0, .max = 1});
    plateau.finish();
    budget.plateau = value;
    resolved["plateau"] = {{"window", value.window}, {"relative", value.relative}};
  }
  return budget;
}

const Algorithm& read_algorithm(MapReader& reader, nlohmann::ordered_json& resolved) {
  const YamlNode* node = reader.child("algorithm");
  const std::string name = node ? as_string(*node, "search.algorithm") : "evolution_pareto";
  if (const Algorithm* algorithm = find_algorithm(name)) {
    resolved["algorithm"] = name;
    return *algorithm;
  }
  std::vector<std::string> names;
  for (const Algorithm& algorithm : algorithms()) names.emplace_back(algorithm.name);
  throw user_error(node->place, "search.algorithm is '" + name + "'" + accepted_names(name, names));
}

Ids read_ids(MapReader& reader, const Algorithm& algorithm, nlohmann::ordered_json& resolved) {
  const std::string ids = reader.choice("ids", "canonical", {"canonical", "reference"});
  resolved["ids"] = ids;
  if (ids == "canonical") return Ids::kCanonical;
  if (algorithm.has_reference_ids) return Ids::kReference;
  throw user_error(reader.required("ids").place, "search.ids is 'reference'; algorithm " +
                                                     std::string(algorithm.name) +
                                                     " accepts: canonical");
}

/// Values of earlier runs are never taken over: they may be of another machine or program.
void read_first_members(const YamlNode& node, const std::filesystem::path& folder,
                        const std::filesystem::path& models_folder, SearchConfig& config,
                        nlohmann::ordered_json& resolved) {
  const WarmStart warm_start =
      read_warm_start(node, folder, config.space, config.objectives, models_folder);
  for (const std::string& warning : warm_start.warnings) log::warning(warning);
  resolved["warm_start"] = warm_start_json(warm_start);
  if (warm_start.members.empty()) return;
  config.make_searcher = warm_started(config.make_searcher, warm_start.members);
}

void refuse_problem(MapReader& reader, const Algorithm& algorithm, const SearchConfig& config) {
  if (!algorithm.refuses) return;
  const auto reason = algorithm.refuses(config.space, config.objectives);
  if (reason) throw user_error(reader.required("algorithm").place, *reason);
}

void read_search(const YamlNode& node, const std::filesystem::path& folder,
                 const std::filesystem::path& models_folder, SearchConfig& config) {
  MapReader reader(node, "search");
  nlohmann::ordered_json resolved;
  const Algorithm& algorithm = read_algorithm(reader, resolved);
  config.budget = read_budget(reader, resolved);
  config.make_searcher = algorithm.read(reader, resolved);
  config.certify = algorithm.certify;
  config.seed = static_cast<std::uint64_t>(reader.integer("seed", 1, {.min = 0}));
  config.space_seed = static_cast<std::uint64_t>(reader.integer("space_seed", 1, {.min = 0}));
  resolved["seed"] = config.seed;
  resolved["space_seed"] = config.space_seed;
  config.ids = read_ids(reader, algorithm, resolved);
  refuse_problem(reader, algorithm, config);
  if (const YamlNode* warm_start = reader.child("warm_start")) {
    read_first_members(*warm_start, folder, models_folder, config, resolved);
  }
  reader.finish();
  config.resolved["search"] = std::move(resolved);
}

void refuse_measured_constraints(const SearchConfig& config, const Place& place) {
  if (config.ids != Ids::kReference) return;
  for (const auto& objective : config.objectives) {
    if (objective.free() || objective.constraint.empty()) continue;
    throw user_error(place, "objective '" + objective.name +
                                "' is not free and has a constraint; "
                                "ids: reference accepts constraints on free objectives only");
  }
}

void read_winners(const YamlNode& node, SearchConfig& config) {
  MapReader reader(node, "winners");
  const std::vector<std::string> names = names_of(config.objectives);
  config.winners.count =
      static_cast<int>(reader.integer("count", 20, {.min = 1, .max = 1'000'000}));
  config.winners.spread = names.front();
  if (const YamlNode* spread = reader.child("spread")) {
    config.winners.spread = as_string(*spread, "winners.spread");
    check_objective_name(*spread, config.winners.spread, "winners.spread", names);
  }
  reader.finish();
  config.resolved["winners"] = {{"count", config.winners.count}, {"spread", config.winners.spread}};
}

void read_hypervolume(const YamlNode& node, SearchConfig& config) {
  MapReader reader(node, "hypervolume");
  const YamlNode* bounds = reader.child("bounds");
  reader.finish();
  if (!bounds) return;
  if (bounds->kind != YamlNode::Kind::kMap) {
    throw user_error(bounds->place,
                     "hypervolume.bounds must be a map of objectives to [low, high]");
  }
  const std::vector<std::string> names = names_of(config.objectives);
  for (const auto& entry : bounds->entries) {
    check_objective_name({.place = entry.key_place}, entry.key, "hypervolume.bounds:", names);
    const std::string what = "hypervolume.bounds." + entry.key;
    if (entry.value.kind != YamlNode::Kind::kSequence || entry.value.items.size() != 2) {
      throw user_error(entry.value.place, what + " must be a list of two numbers, [low, high]");
    }
    const Bounds pair{as_double(entry.value.items[0], what), as_double(entry.value.items[1], what)};
    if (pair.low >= pair.high)
      throw user_error(entry.value.place, what + ": low must be below high");
    config.hypervolume_bounds[entry.key] = pair;
    config.resolved["hypervolume"]["bounds"][entry.key] = {pair.low, pair.high};
  }
}

}  // namespace

Problem SearchConfig::problem() const {
  return {.space = &space,
          .admits = [this](const space::Architecture& a) { return admits(space, objectives, a); },
          .ids = ids,
          .seed = seed,
          .space_seed = space_seed};
}

SearchConfig read_search_config(const YamlNode& root, const std::filesystem::path& folder,
                                const MakeProfiler& make_profiler,
                                const predictor::ProxySource& proxies,
                                const std::filesystem::path& models_folder) {
  const YamlNode absent{.place = root.place};
  MapReader reader(root, "");
  const auto map = [&](const char* key) -> const YamlNode& {
    const YamlNode* node = reader.child(key);
    return node ? *node : absent;
  };
  const YamlNode &space = map("space"), &search = map("search"), &winners = map("winners"),
                 &hypervolume = map("hypervolume");
  const YamlNode& objectives = reader.required("objectives");
  reader.finish();
  SearchConfig config{.place = {root.place.file},
                      .space = space::read_space(space),
                      .objectives = {},
                      .make_searcher = {}};
  config.resolved["space"] = space::space_json(config.space);
  config.objectives = read_objectives(objectives, config.space, folder, make_profiler, proxies,
                                      config.resolved["objectives"]);
  read_search(search, folder, models_folder, config);
  refuse_measured_constraints(config, objectives.place);
  read_winners(winners, config);
  read_hypervolume(hypervolume, config);
  refuse_unmeetable(config.space, config.objectives, objectives.place);
  return config;
}

}  // namespace lts::search

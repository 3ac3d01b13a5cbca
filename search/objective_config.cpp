#include "search/objective_config.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <variant>

#include "core/config_reader.h"
#include "predictor/command/command_objective.h"
#include "predictor/cost_source.h"
#include "predictor/proxies/closed_form.h"
#include "predictor/value_table.h"

namespace lts::search {
namespace {

using predictor::Direction;
using predictor::HardwareConfig;
using predictor::Objective;

/// What follows an objective's name in the columns of evaluations.csv.
constexpr std::array kMeasurementColumns = {"_ci_low", "_ci_high", "_runs", "_verdict"};

constexpr std::int64_t kMaxBatchSize = 65536;

/// Reads objectives one after another; those on one hardware file share a profiler.
class ObjectiveReader {
 public:
  ObjectiveReader(const space::SearchSpace& space, std::filesystem::path folder,
                  const MakeProfiler& make_profiler, const predictor::ProxySource& proxies)
      : space_(space),
        folder_(std::move(folder)),
        make_profiler_(make_profiler),
        proxies_(proxies) {}

  void read(const YamlNode& node, std::size_t index) {
    MapReader reader(node, "objectives[" + std::to_string(index) + "]");
    Objective objective;
    nlohmann::ordered_json resolved;
    objective.name = read_name(reader);
    resolved["name"] = objective.name;
    read_source(reader, objective, resolved);
    reader.required("direction");
    const std::string direction = reader.choice("direction", "", {"minimize", "maximize"});
    objective.direction = direction == "maximize" ? Direction::kMaximize : Direction::kMinimize;
    resolved["direction"] = direction;
    objective.constraint = read_constraint(reader, resolved);
    reader.finish();
    refuse_reserved(objective.name, resolved.value("proxy", ""), reader.place());
    objectives_.push_back(std::move(objective));
    resolved_.push_back(std::move(resolved));
  }

  /// Binds the evaluators of each hardware file together and returns everything read.
  std::vector<Objective> finish(nlohmann::ordered_json& resolved) {
    for (const Predicted& predicted : predicted_) {
      for (const Hardware& hardware : hardware_) {
        refuse_protocol(predicted.source, hardware.config,
                        "hardware '" + hardware.config.name + "' that this search measures on",
                        predicted.place);
      }
    }
    for (const Hardware& hardware : hardware_) {
      const auto evaluators = make_measured(make_profiler_(hardware.config), hardware.metrics);
      for (std::size_t i = 0; i < evaluators.size(); ++i) {
        objectives_[hardware.objectives[i]].evaluator = evaluators[i];
      }
    }
    resolved = std::move(resolved_);
    return std::move(objectives_);
  }

 private:
  struct Hardware {
    HardwareConfig config;
    nlohmann::ordered_json json;
    std::vector<std::string> metrics{};
    std::vector<std::size_t> objectives{};
  };

  /// A fitted cost that names no protocol: it must be that of what is measured beside it.
  struct Predicted {
    predictor::CostSource source;
    Place place;
  };

  std::string read_name(MapReader& reader) {
    const YamlNode& node = reader.required("name");
    const std::string name = as_string(node, reader.path_of("name"));
    if (name.empty()) throw user_error(node.place, "an objective's name is empty");
    if (std::ranges::any_of(name, [](unsigned char c) { return c < ' ' || c == 0x7f; })) {
      throw user_error(node.place, "an objective's name has a control character");
    }
    for (const Objective& other : objectives_) {
      if (other.name == name) {
        throw user_error(node.place, "objective '" + name + "' stands twice; names are unique");
      }
    }
    return name;
  }

  void read_source(MapReader& reader, Objective& objective, nlohmann::ordered_json& resolved) {
    const YamlNode* proxy = reader.child("proxy");
    const YamlNode* hardware = reader.child("hardware");
    const YamlNode* predictor = reader.child("predictor");
    const YamlNode* command = reader.child("command");
    const int sources =
        (proxy != nullptr) + (hardware != nullptr) + (predictor != nullptr) + (command != nullptr);
    if (sources != 1) {
      throw user_error(reader.place(),
                       "objective '" + objective.name + "' names " +
                           (sources == 0 ? "none" : "several") +
                           " of proxy, hardware, predictor, command; it must name exactly one");
    }
    if (proxy) read_proxy(*proxy, reader, objective, resolved);
    if (hardware) read_hardware(*hardware, reader, resolved);
    if (predictor) read_predictor(reader, objective, resolved);
    if (command) read_command(reader, objective, resolved);
  }

  void read_command(MapReader& reader, Objective& objective, nlohmann::ordered_json& resolved) {
    const auto config = predictor::read_command(reader, objective.name, folder_);
    resolved.update(predictor::command_json(config));
    objective.evaluator = predictor::make_command_objective(config);
  }

  void read_table(MapReader& reader, Objective& objective, nlohmann::ordered_json& resolved) {
    const auto table = predictor::read_value_table(reader, folder_, space_.family());
    resolved["predictor"] = "table";
    resolved.update(predictor::value_table_json(table));
    objective.evaluator = predictor::make_value_table(table);
  }

  void read_proxy(const YamlNode& node, MapReader& reader, Objective& objective,
                  nlohmann::ordered_json& resolved) {
    const std::string name = as_string(node, "proxy");
    resolved["proxy"] = name;
    if (std::ranges::find(proxies_.names, name) != proxies_.names.end()) {
      const predictor::ProxyBatch batch = read_batch(reader, resolved);
      try {
        objective.evaluator = proxies_.make(name, batch);
      } catch (const Error& error) {
        throw user_error(node.place, error.what());
      }
      return;
    }
    try {
      objective.evaluator = predictor::make_closed_form(name);
    } catch (const Error&) {
      std::vector<std::string> names = predictor::closed_form_names();
      names.insert(names.end(), proxies_.names.begin(), proxies_.names.end());
      throw user_error(node.place, "unknown proxy '" + name + "'" + accepted_names(name, names));
    }
    objective.closed_form = true;
    const predictor::Outcome outcome = objective.evaluator->evaluate(some_member());
    if (const auto* failure = std::get_if<predictor::Failure>(&outcome)) {
      throw user_error(node.place, failure->reason);
    }
  }

  predictor::ProxyBatch read_batch(MapReader& reader, nlohmann::ordered_json& resolved) {
    predictor::ProxyBatch batch;
    batch.batch_size = static_cast<int>(
        reader.integer("batch_size", batch.batch_size, {.min = 1, .max = kMaxBatchSize}));
    batch.sequence_length = static_cast<int>(reader.integer(
        "sequence_length", batch.sequence_length, {.min = 2, .max = max_sequence_length()}));
    batch.seed = static_cast<std::uint64_t>(
        reader.integer("seed", static_cast<std::int64_t>(batch.seed), {.min = 0}));
    resolved["batch_size"] = batch.batch_size;
    resolved["sequence_length"] = batch.sequence_length;
    resolved["seed"] = batch.seed;
    return batch;
  }

  void read_predictor(MapReader& reader, Objective& objective, nlohmann::ordered_json& resolved) {
    if (reader.choice("predictor", "", {"layer_cost", "table"}) == "table") {
      return read_table(reader, objective, resolved);
    }
    read_layer_cost(reader, objective, resolved);
  }

  void read_layer_cost(MapReader& reader, Objective& objective, nlohmann::ordered_json& resolved) {
    const YamlNode* file = reader.child("file");
    const std::string unit = reader.string("unit", "");
    predictor::CostSource source =
        file ? load_cost(*file, reader) : predictor::read_cost(reader, space_.family());
    if (!unit.empty()) source.unit = unit;
    resolved["predictor"] = "layer_cost";
    resolved.update(predictor::cost_json(source));
    if (const YamlNode* protocol = reader.child("protocol")) {
      const HardwareConfig config = load_protocol(*protocol);
      resolved["protocol"] = predictor::hardware_json(config);
      refuse_protocol(source, config, "the protocol that it is asked for", protocol->place);
    } else if (source.fitted) {
      predicted_.push_back({.source = source, .place = file ? file->place : reader.place()});
    }
    refuse_other_space(source, file ? file->place : reader.place());
    objective.evaluator = source.evaluator();
  }

  predictor::CostSource load_cost(const YamlNode& file, MapReader& reader) {
    const YamlNode* metric = reader.child("metric");
    const auto name =
        metric ? std::optional(as_string(*metric, reader.path_of("metric"))) : std::nullopt;
    return predictor::load_cost(folder_ / as_string(file, reader.path_of("file")), name,
                                space_.family());
  }

  HardwareConfig load_protocol(const YamlNode& node) const {
    return node.kind == YamlNode::Kind::kScalar ? predictor::load_hardware(folder_ / node.scalar)
                                                : predictor::read_hardware(node, "inline");
  }

  /// A cost holds for what it was fitted for only.
  static void refuse_protocol(const predictor::CostSource& source, const HardwareConfig& config,
                              const std::string& here, const Place& place) {
    if (!source.fitted) return;
    const auto difference = predictor::protocol_difference(source.fitted->protocol, config);
    if (!difference) return;
    throw user_error(
        place, "the layer_cost was fitted for another protocol than " + here + ": " + *difference);
  }

  void refuse_other_space(const predictor::CostSource& source, const Place& place) const {
    if (!source.fitted) return;
    const auto difference = predictor::space_difference(source.fitted->space, space_);
    if (!difference) return;
    throw user_error(place, "the layer_cost was fitted for another space: " + *difference);
  }

  void read_hardware(const YamlNode& node, MapReader& reader, nlohmann::ordered_json& resolved) {
    const HardwareConfig config = load_protocol(node);
    refuse_too_long(node, config);
    const std::string metric = read_metric(reader);
    nlohmann::ordered_json json = predictor::hardware_json(config);
    resolved["hardware"] = json;
    resolved["metric"] = metric;
    auto found = std::ranges::find(hardware_, json, &Hardware::json);
    if (found == hardware_.end()) {
      hardware_.push_back({.config = config, .json = std::move(json)});
      found = std::prev(hardware_.end());
    }
    found->metrics.push_back(metric);
    found->objectives.push_back(objectives_.size());
  }

  std::string read_metric(MapReader& reader) {
    const YamlNode* node = reader.child("metric");
    if (!node) return "latency.median_s";
    const std::string metric = as_string(*node, reader.path_of("metric"));
    const std::vector<std::string> names = predictor::metric_names();
    if (std::ranges::find(names, metric) != names.end()) return metric;
    throw user_error(node->place,
                     "unknown metric '" + metric + "'" + accepted_names(metric, names));
  }

  /// The first that can be built; a space that was read has one.
  space::Architecture some_member() const {
    const space::SearchSpace part = space_.uniform();
    std::optional<space::Architecture> member;
    part.enumerate([&](const space::Genome& genome) {
      space::Architecture candidate = part.architecture(genome);
      if (!part.flaw(candidate)) member = std::move(candidate);
      return !member;
    });
    return member.value();
  }

  std::int64_t max_sequence_length() const { return some_member().scalar("max_sequence_length"); }

  void refuse_too_long(const YamlNode& node, const HardwareConfig& config) const {
    const std::int64_t max_length = max_sequence_length();
    if (config.positions() <= max_length) return;
    throw user_error(node.place, "hardware '" + config.name + "' measures " +
                                     std::to_string(config.positions()) +
                                     " positions, space.max_sequence_length is " +
                                     std::to_string(max_length));
  }

  predictor::Constraint read_constraint(MapReader& reader, nlohmann::ordered_json& resolved) {
    const YamlNode* node = reader.child("constraint");
    if (!node) return {};
    predictor::Constraint constraint;
    MapReader bounds(*node, reader.path_of("constraint"));
    nlohmann::ordered_json json;
    const auto bound = [&](const char* key, std::optional<double>& out) {
      if (const YamlNode* value = bounds.child(key)) {
        out = as_double(*value, bounds.path_of(key));
        json[key] = *out;
      }
    };
    bound("min", constraint.min);
    bound("max", constraint.max);
    bounds.finish();
    if (constraint.empty()) {
      throw user_error(node->place, reader.path_of("constraint") + " has neither min nor max");
    }
    if (constraint.min && constraint.max && *constraint.min > *constraint.max) {
      throw user_error(node->place, reader.path_of("constraint") + ": min " + json["min"].dump() +
                                        " is greater than max " + json["max"].dump());
    }
    resolved["constraint"] = json;
    return constraint;
  }

  /// The run's files have a column for each closed form; an objective of that name must be it.
  void refuse_reserved(const std::string& name, const std::string& proxy,
                       const Place& place) const {
    std::vector<std::string> reserved = reserved_columns(space_.family());
    if (name != proxy) {
      const auto forms = predictor::closed_form_names();
      reserved.insert(reserved.end(), forms.begin(), forms.end());
    }
    for (const Objective& other : objectives_) {
      for (const char* suffix : kMeasurementColumns) {
        reserved.push_back(other.name + suffix);
        if (name + suffix == other.name) reserved.push_back(name);
      }
    }
    if (std::ranges::find(reserved, name) == reserved.end()) return;
    throw user_error(place, "'" + name +
                                "' is a column of every run's files; give the objective "
                                "another name");
  }

  const space::SearchSpace& space_;
  std::filesystem::path folder_;
  const MakeProfiler& make_profiler_;
  const predictor::ProxySource& proxies_;
  std::vector<Objective> objectives_;
  std::vector<Hardware> hardware_;
  std::vector<Predicted> predicted_;
  nlohmann::ordered_json resolved_ = nlohmann::ordered_json::array();
};

}  // namespace

std::vector<std::string> reserved_columns(const space::Family& family) {
  std::vector<std::string> names = {"index",
                                    "archid",
                                    "dropatt",
                                    "status",
                                    "reason",
                                    "parent",
                                    "parents",
                                    "iteration_num",
                                    "is_pareto",
                                    "elapsed_s",
                                    "search_walltime_hours"};
  for (const auto& spec : family.genes()) names.emplace_back(spec.name);
  return names;
}

std::vector<predictor::Objective> read_objectives(const YamlNode& list,
                                                  const space::SearchSpace& space,
                                                  const std::filesystem::path& folder,
                                                  const MakeProfiler& make_profiler,
                                                  const predictor::ProxySource& proxies,
                                                  nlohmann::ordered_json& resolved) {
  if (list.kind != YamlNode::Kind::kSequence || list.items.empty()) {
    throw user_error(list.place, "objectives must be a list of one or more");
  }
  ObjectiveReader reader(space, folder, make_profiler, proxies);
  for (std::size_t i = 0; i < list.items.size(); ++i) reader.read(list.items[i], i);
  return reader.finish(resolved);
}

}  // namespace lts::search

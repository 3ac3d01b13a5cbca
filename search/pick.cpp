#include "search/pick.h"

#include <algorithm>

#include "core/config_reader.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/file.h"
#include "core/text.h"
#include "core/yaml.h"
#include "space/arch_argument.h"
#include "space/family.h"

namespace lts::search {
namespace {

namespace fs = std::filesystem;

/// The parts of a run's config.yaml that picking needs.
struct RunConfig {
  std::string family;
  std::vector<std::string> objectives;
  std::vector<std::string> maximized;
};

RunConfig read_run_config(const fs::path& run) {
  const YamlNode root = load_yaml(run / "config.yaml");
  const YamlNode* objectives = root.find("objectives");
  const YamlNode* space = root.find("space");
  if (!objectives || !space || !space->find("family")) {
    throw user_error(root.place, "is not the configuration of a search run");
  }
  RunConfig config{.family = as_string(*space->find("family"), "space.family")};
  if (objectives->items.empty())
    throw user_error(objectives->place, "objectives is empty: not the configuration of a run");
  for (const YamlNode& node : objectives->items) {
    MapReader reader(node, "objectives");
    const std::string name = as_string(reader.required("name"), "name");
    config.objectives.push_back(name);
    if (as_string(reader.required("direction"), "direction") == "maximize") {
      config.maximized.push_back(name);
    }
  }
  return config;
}

/// A run's front with columns as numbers.
class FrontTable {
 public:
  FrontTable(CsvTable table, RunConfig config)
      : table_(std::move(table)), config_(std::move(config)) {}

  std::size_t size() const { return table_.rows.size(); }
  /// \throws Error kUser when there is no such column.
  void require(const std::string& column) const { table_.column(column); }
  const RunConfig& config() const { return config_; }

  double value(std::size_t row, const std::string& column) const {
    return table_.number(row, column);
  }

  PickedMember member(std::size_t row) const {
    nlohmann::ordered_json objectives;
    for (const std::string& name : config_.objectives) objectives[name] = value(row, name);
    return {table_.rows[row][table_.column("archid")], architecture(row), std::move(objectives)};
  }

 private:
  space::Architecture architecture(std::size_t row) const {
    const space::Family& family = space::family_named(config_.family);
    std::vector<std::int32_t> genes;
    for (const auto& spec : family.genes()) {
      for (const std::string& text : split(table_.rows[row][table_.column(spec.name)], '|')) {
        std::int64_t gene = 0;
        if (!parse_int(text, gene)) {
          throw user_error(table_.place(row),
                           "gene '" + std::string(spec.name) + "' is '" + text + "'");
        }
        genes.push_back(static_cast<std::int32_t>(gene));
      }
    }
    return space::Architecture(family, std::move(genes), value(row, "dropatt"));
  }

  CsvTable table_;
  RunConfig config_;
};

std::string miss(const PickBound& bound, double value, bool above) {
  const double by = above ? value - bound.value : bound.value - value;
  return bound.column + " is " + short_number(value) + ", " + short_number(by) +
         (above ? " above " : " below ") + short_number(bound.value);
}

/// How a row misses the bounds, or "".
std::string misses(const FrontTable& front, std::size_t row, const PickOptions& options) {
  std::vector<std::string> parts;
  for (const PickBound& bound : options.max) {
    const double value = front.value(row, bound.column);
    if (value > bound.value) parts.push_back(miss(bound, value, true));
  }
  for (const PickBound& bound : options.min) {
    const double value = front.value(row, bound.column);
    if (value < bound.value) parts.push_back(miss(bound, value, false));
  }
  return join(parts, "; ");
}

/// Rows best first by the column; equal ones in the table's order.
std::vector<std::size_t> ranked(const FrontTable& front, const std::string& best) {
  const auto& maximized = front.config().maximized;
  const bool maximize = std::ranges::find(maximized, best) != maximized.end();
  std::vector<std::pair<double, std::size_t>> keyed;
  for (std::size_t row = 0; row < front.size(); ++row) {
    const double value = front.value(row, best);
    keyed.emplace_back(maximize ? -value : value, row);
  }
  std::ranges::sort(keyed);
  std::vector<std::size_t> order;
  for (const auto& [key, row] : keyed) order.push_back(row);
  return order;
}

}  // namespace

PickResult pick(const fs::path& run, const PickOptions& options) {
  if (!fs::is_directory(run)) throw user_error({run.string()}, "is no folder of a search run");
  const FrontTable front(read_csv(run / "front.csv"), read_run_config(run));
  const std::string best = options.best.empty() ? front.config().objectives.front() : options.best;
  front.require(best);
  for (const auto* bounds : {&options.max, &options.min}) {
    for (const PickBound& bound : *bounds) front.require(bound.column);
  }
  PickResult result;
  std::vector<std::size_t> missing;  // better than every member picked
  for (const std::size_t row : ranked(front, best)) {
    if (misses(front, row, options).empty()) {
      if (result.front.size() < options.top) result.front.push_back(front.member(row));
    } else if (result.front.empty()) {
      missing.push_back(row);
    }
  }
  if (!missing.empty()) {
    const std::size_t row = result.front.empty() ? missing.front() : missing.back();
    result.next_better = front.member(row);
    result.next_better->misses = misses(front, row, options);
  }
  return result;
}

}  // namespace lts::search

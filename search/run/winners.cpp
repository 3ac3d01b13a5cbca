#include "search/run/winners.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/csv.h"
#include "core/file.h"
#include "core/text.h"
#include "core/yaml.h"
#include "search/run/run_tables.h"
#include "space/arch_argument.h"
#include "space/family.h"

namespace lts::search {
namespace {

namespace fs = std::filesystem;

std::size_t objective_index(const Archive& archive, const std::string& name) {
  const auto& objectives = archive.objectives();
  const auto found = std::ranges::find(objectives, name, &predictor::Objective::name);
  return static_cast<std::size_t>(found - objectives.begin());
}

/// Position in `values` (ascending) of the value nearest to `target` that is not yet taken.
std::size_t nearest_free(const std::vector<double>& values, const std::vector<bool>& taken,
                         double target) {
  std::size_t best = values.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (taken[i]) continue;
    if (best == values.size() || std::abs(values[i] - target) < std::abs(values[best] - target)) {
      best = i;
    }
  }
  return best;
}

/// The archids of the winners.csv that stands in the folder, if one does.
std::vector<std::string> earlier_winners(const fs::path& folder) {
  std::vector<std::string> archids;
  if (!fs::exists(folder / "winners.csv")) return archids;
  const CsvTable table = read_csv(folder / "winners.csv");
  const std::size_t column = table.column("archid");
  for (const auto& row : table.rows) archids.push_back(row[column]);
  return archids;
}

/// config.json and the modelling code that it may name.
std::vector<space::ModelFile> config_files(const space::Architecture& architecture) {
  std::vector<space::ModelFile> files = architecture.family().hugging_face_code();
  const auto config = architecture.family().hugging_face_config(architecture);
  files.push_back({"config.json", config.dump(2) + "\n"});
  return files;
}

/// The names that config_files gives, of any family.
std::set<std::string> config_file_names() {
  std::set<std::string> names = {"config.json"};
  for (const space::Family* family : space::families()) {
    for (const auto& file : family->hugging_face_code()) names.insert(file.name);
  }
  return names;
}

/// Removes what write_winners wrote for those that are winners no more, nothing else.
void remove_files_of(const fs::path& folder, const std::vector<std::string>& archids,
                     const std::set<std::string>& kept) {
  for (const std::string& archid : archids) {
    if (kept.contains(archid)) continue;
    std::error_code ignored;  // a folder that holds more stays
    fs::remove(folder / (archid + ".yaml"), ignored);
    for (const auto& name : config_file_names()) fs::remove(folder / archid / name, ignored);
    fs::remove(folder / archid, ignored);
  }
}

}  // namespace

std::vector<Winner> choose_winners(const Archive& archive, const WinnersOptions& options) {
  const std::size_t spread = objective_index(archive, options.spread);
  const std::vector<std::size_t> front = sorted_front(archive, spread);
  if (front.empty()) return {};
  std::vector<double> values;
  for (const std::size_t index : front) {
    values.push_back(archive.evaluations()[index].values[spread].value);
  }
  const std::size_t count = std::min(static_cast<std::size_t>(options.count), front.size());
  std::vector<bool> taken(front.size(), false);
  std::vector<std::string> why(front.size());
  const auto take = [&](std::size_t position, std::string reason) {
    taken[position] = true;
    why[position] = std::move(reason);
  };
  take(0, "smallest " + options.spread);
  if (count > 1) take(front.size() - 1, "largest " + options.spread);
  const double step =
      count > 1 ? (values.back() - values.front()) / static_cast<double>(count - 1) : 0;
  for (std::size_t i = 1; i + 1 < count; ++i) {
    const double target = values.front() + step * static_cast<double>(i);
    take(nearest_free(values, taken, target),
         "nearest to " + short_number(target) + " of " + options.spread);
  }
  std::vector<Winner> winners;
  for (std::size_t i = 0; i < front.size(); ++i) {
    if (taken[i]) winners.push_back({front[i], why[i]});
  }
  return winners;
}

void write_winners(const fs::path& folder, const std::vector<Winner>& winners,
                   const Archive& archive) {
  make_folder(folder);
  const std::vector<std::string> earlier = earlier_winners(folder);
  std::vector<std::string> columns = {"index", "archid"};
  for (const auto& objective : archive.objectives()) columns.push_back(objective.name);
  columns.emplace_back("why");
  std::string csv = csv_line(columns);
  std::set<std::string> archids;
  for (std::size_t i = 0; i < winners.size(); ++i) {
    const Evaluation& evaluation = archive.evaluations()[winners[i].evaluation];
    const space::Architecture& architecture = evaluation.candidate.architecture;
    const std::string& archid = evaluation.candidate.archid;
    archids.insert(archid);
    std::vector<std::string> fields = {std::to_string(i), archid};
    for (const auto& value : evaluation.values) fields.push_back(python_repr(value.value));
    fields.push_back(winners[i].why);
    csv += csv_line(fields);
    write_file_atomic(folder / (archid + ".yaml"), to_yaml(space::architecture_json(architecture)));
    make_folder(folder / archid);
    for (const auto& [name, content] : config_files(architecture)) {
      write_file_atomic(folder / archid / name, content);
    }
    // With subfolder= transformers looks for the code in the folder above.
    for (const auto& [name, content] : architecture.family().hugging_face_code()) {
      write_file_atomic(folder / name, content);
    }
  }
  write_file_atomic(folder / "winners.csv", csv);
  remove_files_of(folder, earlier, archids);
}

}  // namespace lts::search

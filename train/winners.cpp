#include "train/winners.h"

#include <algorithm>
#include <set>

#include "core/csv.h"
#include "core/error.h"
#include "core/file.h"
#include "core/text.h"
#include "core/yaml.h"
#include "space/arch_argument.h"

namespace lts::train {

namespace {

constexpr std::int64_t kMaxIndex = 1'000'000;

std::int64_t index_of(std::string_view text, const std::string& list) {
  std::int64_t value = 0;
  if (!parse_int(trim(text), value) || value < 0 || value > kMaxIndex)
    throw user_error("--only is '" + list + "'; accepted: indices and ranges of them, as 0,3-5");
  return value;
}

Winner read_winner(const fs::path& folder, const CsvTable& table,
                   const std::vector<std::string>& row) {
  std::int64_t index = 0;
  const auto& text = row[table.column("index")];
  if (!parse_int(text, index))
    throw user_error(Place{table.file}, "index '" + text + "' is no integer");
  const auto& archid = row[table.column("archid")];
  if (archid.find('/') != std::string::npos || archid.starts_with('.') || archid.empty())
    throw user_error(Place{table.file}, "archid '" + archid + "' is no name of a folder");
  return {index, archid, space::read_architecture(load_yaml(folder / (archid + ".yaml")))};
}

}  // namespace

std::vector<std::int64_t> parse_indices(const std::string& text) {
  std::set<std::int64_t> indices;
  for (const std::string& part : split(text, ',')) {
    const auto dash = part.find('-');
    const auto first = index_of(std::string_view(part).substr(0, dash), text);
    const auto last =
        dash == std::string::npos ? first : index_of(std::string_view(part).substr(dash + 1), text);
    if (first > last)
      throw user_error("--only is '" + text + "': " + part + " goes down; accepted: as 0,3-5");
    for (auto index = first; index <= last; ++index) indices.insert(index);
  }
  return {indices.begin(), indices.end()};
}

std::vector<Winner> read_winners(const fs::path& run_dir, const std::string& only) {
  const fs::path folder = run_dir / "winners", file = folder / "winners.csv";
  if (!fs::exists(file))
    throw user_error(Place{run_dir.string()},
                     "holds no winners/winners.csv; the folder of a finished search is accepted");
  const CsvTable table = read_csv(file);
  std::vector<Winner> winners;
  for (const auto& row : table.rows) winners.push_back(read_winner(folder, table, row));
  if (winners.empty()) throw user_error(Place{file.string()}, "names no winner");
  if (only.empty()) return winners;
  std::vector<Winner> chosen;
  for (const auto index : parse_indices(only)) {
    const auto found = std::ranges::find(winners, index, &Winner::index);
    if (found == winners.end())
      throw user_error("--only names index " + std::to_string(index) + "; " + file.string() +
                       " has " + std::to_string(winners.front().index) + " to " +
                       std::to_string(winners.back().index));
    chosen.push_back(*found);
  }
  return chosen;
}

}  // namespace lts::train

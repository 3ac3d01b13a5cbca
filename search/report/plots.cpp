#include "search/report/plots.h"

#include <unordered_set>

#include "core/csv.h"
#include "core/file.h"
#include "core/text.h"
#include "search/report/scatter.h"

namespace lts::search {
namespace {

/// A file name's worth of an objective's name.
std::string file_part(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) || byte >= 0x80 || c == '_' || c == '-' || c == '.';
    out += plain ? c : '_';
  }
  return out;
}

std::string label(const predictor::Objective& objective) {
  const std::string unit = objective.evaluator->unit();
  const bool maximize = objective.direction == predictor::Direction::kMaximize;
  return objective.name + (unit.empty() ? "" : " (" + unit + ")") +
         (maximize ? ", more is better" : ", less is better");
}

void write_pair(const std::filesystem::path& folder, const Archive& archive, std::size_t x,
                std::size_t y) {
  const auto& objectives = archive.objectives();
  const std::unordered_set<std::size_t> front(archive.front().begin(), archive.front().end());
  Scatter scatter{.title = std::to_string(front.size()) + " of " +
                           std::to_string(archive.evaluations().size()) +
                           " evaluated architectures are on the front",
                  .x_label = label(objectives[x]),
                  .y_label = label(objectives[y]),
                  .marks = {}};
  std::string csv = csv_line({objectives[x].name, objectives[y].name, "on_front", "archid"});
  for (std::size_t i = 0; i < archive.evaluations().size(); ++i) {
    const Evaluation& evaluation = archive.evaluations()[i];
    if (evaluation.values.empty()) continue;
    const double value_x = evaluation.values[x].value, value_y = evaluation.values[y].value;
    const bool on_front = front.contains(i);
    scatter.marks.push_back({value_x, value_y, on_front,
                             space::summary(evaluation.candidate.architecture) + "\n" +
                                 objectives[x].name + " " + short_number(value_x) + ", " +
                                 objectives[y].name + " " + short_number(value_y)});
    csv += csv_line({python_repr(value_x), python_repr(value_y), on_front ? "True" : "False",
                     evaluation.candidate.archid});
  }
  const std::string name = file_part(objectives[x].name) + "_vs_" + file_part(objectives[y].name);
  write_file_atomic(folder / (name + ".csv"), csv);
  write_file_atomic(folder / (name + ".svg"), scatter_svg(scatter));
}

}  // namespace

void write_plots(const std::filesystem::path& folder, const Archive& archive) {
  make_folder(folder);
  for (std::size_t x = 0; x < archive.objectives().size(); ++x) {
    for (std::size_t y = x + 1; y < archive.objectives().size(); ++y) {
      write_pair(folder, archive, x, y);
    }
  }
}

}  // namespace lts::search

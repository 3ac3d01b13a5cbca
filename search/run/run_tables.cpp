#include "search/run/run_tables.h"

#include <algorithm>
#include <unordered_set>

#include "core/csv.h"
#include "core/text.h"
#include "search/run/columns.h"
#include "space/family.h"

namespace lts::search {
namespace {

using predictor::Measurement;
using predictor::Objective;
using Fields = std::vector<std::string>;

Fields evaluation_columns(const Archive& archive, const space::Family& family) {
  Fields columns = {"index"};
  append_architecture_columns(columns, family, archive.objectives());
  for (const Objective& objective : archive.objectives()) {
    for (const char* suffix : {"", "_ci_low", "_ci_high", "_runs", "_verdict"}) {
      columns.push_back(objective.name + suffix);
    }
  }
  for (const char* name : {"status", "reason", "parent", "parents", "iteration_num"}) {
    columns.emplace_back(name);
  }
  return columns;
}

void add_measurement(Fields& fields, const Measurement* measurement) {
  if (!measurement) {
    fields.insert(fields.end(), 5, "");
    return;
  }
  fields.push_back(csv_number(measurement->value));
  const auto& interval = measurement->interval;
  fields.push_back(interval ? csv_number(interval->low) : "");
  fields.push_back(interval ? csv_number(interval->high) : "");
  fields.push_back(measurement->runs > 0 ? std::to_string(measurement->runs) : "");
  fields.push_back(measurement->verdict);
}

/// Why a candidate failed, or which constraints it breaks; "" for one that may be on the front.
std::string reason_of(const Archive& archive, const Evaluation& evaluation) {
  if (evaluation.status != Status::kInfeasible) return evaluation.failure.reason;
  std::vector<std::string> broken;
  for (std::size_t o = 0; o < archive.objectives().size(); ++o) {
    const auto& objective = archive.objectives()[o];
    const auto& [min, max] = objective.constraint;
    const double value = evaluation.values[o].value;
    if (min && value < *min)
      broken.push_back(objective.name + " below its min of " + csv_number(*min));
    if (max && value > *max)
      broken.push_back(objective.name + " above its max of " + csv_number(*max));
  }
  return join(broken, "; ");
}

Fields evaluation_fields(const Archive& archive, std::size_t index) {
  const Evaluation& evaluation = archive.evaluations()[index];
  const space::Architecture& architecture = evaluation.candidate.architecture;
  Fields fields = {std::to_string(index)};
  append_architecture(fields, evaluation.candidate.archid, architecture, archive.objectives());
  for (std::size_t o = 0; o < archive.objectives().size(); ++o) {
    add_measurement(fields, evaluation.values.empty() ? nullptr : &evaluation.values[o]);
  }
  const Candidate& candidate = evaluation.candidate;
  for (const std::string& text : {status_name(evaluation.status), reason_of(archive, evaluation),
                                  candidate.parent, candidate.parents}) {
    fields.push_back(text);
  }
  fields.push_back(std::to_string(candidate.iteration));
  return fields;
}

/// Columns of an archive that holds at least one evaluation, else of the first family.
Fields columns_of(const Archive& archive) {
  const auto& evaluations = archive.evaluations();
  const space::Family& family = evaluations.empty()
                                    ? *space::families().front()
                                    : evaluations.front().candidate.architecture.family();
  return evaluation_columns(archive, family);
}

}  // namespace

std::string search_state_csv(const Archive& archive,
                             const std::vector<double>& iteration_elapsed_s) {
  const std::unordered_set<std::size_t> front(archive.front().begin(), archive.front().end());
  Fields columns = {"archid"};
  for (const Objective& objective : archive.objectives()) columns.push_back(objective.name);
  for (const char* name :
       {"parent", "parents", "iteration_num", "search_walltime_hours", "is_pareto"}) {
    columns.emplace_back(name);
  }
  std::string out = csv_line(columns);
  for (std::size_t i = 0; i < archive.evaluations().size(); ++i) {
    const Evaluation& evaluation = archive.evaluations()[i];
    const Candidate& candidate = evaluation.candidate;
    Fields fields = {candidate.archid};
    for (std::size_t o = 0; o < archive.objectives().size(); ++o) {
      fields.push_back(evaluation.values.empty() ? "" : csv_number(evaluation.values[o].value));
    }
    const auto iteration = static_cast<std::size_t>(candidate.iteration);
    const bool closed = iteration < iteration_elapsed_s.size();
    const double elapsed_s = closed ? iteration_elapsed_s[iteration] : evaluation.elapsed_s;
    fields.insert(fields.end(),
                  {candidate.parent, candidate.parents, std::to_string(candidate.iteration),
                   python_repr(elapsed_s / 3600), front.contains(i) ? "True" : "False"});
    out += csv_line(fields);
  }
  return out;
}

std::string evaluations_csv(const Archive& archive) {
  Fields columns = columns_of(archive);
  columns.emplace_back("elapsed_s");
  std::string out = csv_line(columns);
  for (std::size_t i = 0; i < archive.evaluations().size(); ++i) {
    Fields fields = evaluation_fields(archive, i);
    fields.push_back(python_repr(archive.evaluations()[i].elapsed_s));
    out += csv_line(fields);
  }
  return out;
}

std::string front_csv(const Archive& archive) {
  std::string out = csv_line(columns_of(archive));
  for (const std::size_t index : sorted_front(archive, 0)) {
    out += csv_line(evaluation_fields(archive, index));
  }
  return out;
}

std::string failures_csv(const Archive& archive) {
  std::string out = csv_line({"archid", "kind", "reason"});
  for (const Evaluation& evaluation : archive.evaluations()) {
    if (evaluation.status != Status::kFailed) continue;
    out +=
        csv_line({evaluation.candidate.archid, evaluation.failure.kind, evaluation.failure.reason});
  }
  return out;
}

std::vector<std::size_t> sorted_front(const Archive& archive, std::size_t objective) {
  std::vector<std::size_t> front = archive.front();
  const auto key = [&](std::size_t index) {
    const auto& values = archive.evaluations()[index].values;
    std::vector<double> out = {values[objective].value};
    for (const Measurement& value : values) out.push_back(value.value);
    return out;
  };
  std::ranges::sort(front, [&](auto a, auto b) {
    const auto key_a = key(a), key_b = key(b);
    return key_a != key_b ? key_a < key_b : a < b;
  });
  return front;
}

}  // namespace lts::search

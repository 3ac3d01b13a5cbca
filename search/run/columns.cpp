#include "search/run/columns.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "core/text.h"
#include "predictor/proxies/closed_form.h"
#include "space/family.h"

namespace lts::search {
namespace {

using predictor::Objective;

bool is_objective(std::span<const Objective> objectives, std::string_view name) {
  return std::ranges::any_of(objectives, [&](const Objective& o) { return o.name == name; });
}

}  // namespace

std::string csv_number(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15) {
    return std::to_string(static_cast<std::int64_t>(value));
  }
  return python_repr(value);
}

void append_architecture_columns(std::vector<std::string>& columns, const space::Family& family,
                                 std::span<const Objective> objectives) {
  columns.emplace_back("archid");
  for (const auto& spec : family.genes()) columns.emplace_back(spec.name);
  columns.emplace_back("dropatt");
  for (const auto& form : predictor::closed_forms()) {
    if (!is_objective(objectives, form.name)) columns.emplace_back(form.name);
  }
}

void append_architecture(std::vector<std::string>& fields, const std::string& archid,
                         const space::Architecture& architecture,
                         std::span<const Objective> objectives) {
  fields.push_back(archid);
  for (const auto& spec : architecture.family().genes()) {
    fields.push_back(space::entries_text(architecture.gene(spec.name)));
  }
  fields.push_back(csv_number(architecture.dropatt()));
  const space::Counts counts = architecture.family().counts(architecture);
  for (const auto& form : predictor::closed_forms()) {
    if (is_objective(objectives, form.name)) continue;
    const auto value = form.value(counts);
    fields.push_back(value ? csv_number(*value) : "");
  }
}

}  // namespace lts::search

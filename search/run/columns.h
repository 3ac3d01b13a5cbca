#pragma once

#include <span>
#include <string>
#include <vector>

#include "predictor/objective.h"
#include "space/architecture.h"

namespace lts::search {

/// Round-trip digits; whole numbers without a fraction, as people write counts.
std::string csv_number(double value);

/// The columns that say what an architecture is: archid, one per gene (per-layer ones `256|512`),
/// dropatt, and every closed form that is not an objective's name, which has its own column.
void append_architecture_columns(std::vector<std::string>& columns, const space::Family& family,
                                 std::span<const predictor::Objective> objectives);

/// The fields of these columns; empty for a closed form that the family does not have.
void append_architecture(std::vector<std::string>& fields, const std::string& archid,
                         const space::Architecture& architecture,
                         std::span<const predictor::Objective> objectives);

}  // namespace lts::search

#pragma once

#include <string>
#include <vector>

#include "search/archive.h"

namespace lts::search {

// The CSV files of a run, as text. Numbers have round-trip digits, absent values are empty.

/// A row per evaluation with the reference's columns (reference/archai.md section 4).
std::string search_state_csv(const Archive& archive,
                             const std::vector<double>& iteration_elapsed_s);

/// A row per evaluation: index, archid, genes, closed forms, per objective NAME, NAME_ci_low,
/// NAME_ci_high, NAME_runs, NAME_verdict, then status, reason, parent, parents, iteration_num,
/// elapsed_s.
std::string evaluations_csv(const Archive& archive);

/// The same columns without elapsed_s for the front, sorted by the first objective, ascending.
std::string front_csv(const Archive& archive);

/// archid, kind, reason of every failed candidate.
std::string failures_csv(const Archive& archive);

/// Indices of the front's evaluations, ascending by the given objective, then by the others, then
/// by index.
std::vector<std::size_t> sorted_front(const Archive& archive, std::size_t objective);

}  // namespace lts::search

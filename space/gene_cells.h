#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/csv.h"
#include "space/architecture.h"
#include "space/family.h"

namespace lts::space {

/// The entries of a gene as a table's cell has them: "64" (or "64.0", as pandas writes a column
/// with a gap), and for a per-layer gene "256|512" or one for all layers; entries beyond `n_layer`
/// are left out. \throws Error kUser at `place`.
std::vector<std::int32_t> gene_cell(const std::string& cell, const GeneSpec& gene,
                                    std::size_t n_layer, const Place& place);

/// The architecture of a table's row by its columns of genes. A gene without a column that is a
/// constant (has a fallback) has the value that `like` has. \throws Error kUser with file and line
/// for a missing column, a cell that is no such value, and an architecture that cannot be built.
Architecture row_architecture(const CsvTable& table, std::size_t row, const Architecture& like);

}  // namespace lts::space

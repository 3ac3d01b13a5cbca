#include "space/gene_cells.h"

#include <cmath>

#include "core/text.h"

namespace lts::space {

std::vector<std::int32_t> gene_cell(const std::string& cell, const GeneSpec& gene,
                                    std::size_t n_layer, const Place& place) {
  const bool per_layer = gene.shape == GeneShape::kPerLayer;
  std::vector<std::int32_t> out;
  for (const std::string& part : split(cell, '|')) {
    double value = 0;
    const bool whole = parse_double(trim(part), value) && value == std::floor(value);
    if (!whole || value < 1 || value > kMaxGene) {
      throw user_error(place, std::string(gene.name) + " is '" + cell +
                                  "'; accepted: a positive integer" +
                                  (per_layer ? ", or one a layer: 256|512" : ""));
    }
    out.push_back(static_cast<std::int32_t>(value));
  }
  const std::size_t wanted = per_layer ? n_layer : 1;
  if (out.size() == 1 || (per_layer && out.size() > wanted)) out.resize(wanted, out.front());
  if (out.size() == wanted) return out;
  throw user_error(
      place, std::string(gene.name) + " has " + std::to_string(out.size()) +
                 " entries; accepted: one" +
                 (per_layer ? ", or one for each of " + std::to_string(wanted) + " layers" : ""));
}

Architecture row_architecture(const CsvTable& table, std::size_t row, const Architecture& like) {
  const Family& family = like.family();
  std::vector<std::int32_t> genes;
  for (const GeneSpec& gene : family.genes()) {
    const std::string name(gene.name);
    std::vector<std::int32_t> entries;
    if (gene.fallback != 0 && !table.has(name)) {
      entries = {like.scalar(name)};
    } else {
      const std::size_t n_layer = genes.empty() ? 1 : static_cast<std::size_t>(genes.front());
      entries = gene_cell(table.rows[row][table.column(name)], gene, n_layer, table.place(row));
    }
    genes.insert(genes.end(), entries.begin(), entries.end());
  }
  Architecture out(family, std::move(genes), like.dropatt());
  if (const auto flaw = family.flaw(out)) throw user_error(table.place(row), *flaw);
  return out;
}

}  // namespace lts::space

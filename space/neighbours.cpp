#include "space/neighbours.h"

#include <algorithm>

#include "core/error.h"

namespace lts::space {
namespace {

std::size_t position_of(std::int32_t value, const std::vector<std::int32_t>& choices) {
  return static_cast<std::size_t>(std::ranges::find(choices, value) - choices.begin());
}

}  // namespace

std::vector<Genome> neighbours(const SearchSpace& space, const Architecture& member) {
  const auto genome = space.genome(member);
  LTS_ASSERT(genome.has_value());
  std::vector<Genome> out;
  for (const Locus& locus : space.shown(*genome)) {
    const auto& choices = space.ranges()[locus.range].choices;
    const std::size_t at = position_of((*genome)[locus.entry], choices);
    const auto step_to = [&](std::size_t position) {
      out.push_back(*genome);
      out.back()[locus.entry] = choices[position];
    };
    if (at > 0) step_to(at - 1);
    if (at + 1 < choices.size()) step_to(at + 1);
  }
  return out;
}

Genome mutate_one_gene(const SearchSpace& space, Genome parent, Rng& rng) {
  std::vector<Locus> loci = space.shown(parent);
  std::erase_if(loci, [&](auto& locus) { return space.ranges()[locus.range].choices.size() < 2; });
  if (loci.empty()) return parent;
  const Locus locus = rng.choice(loci);
  const auto& choices = space.ranges()[locus.range].choices;
  std::size_t drawn = rng.below(static_cast<std::uint32_t>(choices.size() - 1));
  if (drawn >= position_of(parent[locus.entry], choices)) ++drawn;  // any value but its own
  parent[locus.entry] = choices[drawn];
  return parent;
}

}  // namespace lts::space

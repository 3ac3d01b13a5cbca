#include "search/algorithms.h"

#include <array>

#include "search/algorithms/evolution_pareto.h"

namespace lts::search {
namespace {

MakeSearcher read_evolution_pareto(MapReader& reader, nlohmann::ordered_json& resolved) {
  const EvolutionOptions options = read_evolution_options(reader, resolved);
  return [options](const Problem& problem) { return make_evolution_pareto(problem, options); };
}

constexpr std::array<Algorithm, 1> kAlgorithms = {{
    {"evolution_pareto", read_evolution_pareto},
}};

}  // namespace

std::span<const Algorithm> algorithms() { return kAlgorithms; }

}  // namespace lts::search

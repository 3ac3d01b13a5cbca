#include "search/algorithms.h"

#include <algorithm>
#include <array>

#include "search/algorithms/evolution_pareto.h"
#include "search/algorithms/exact.h"
#include "search/algorithms/local_search.h"
#include "search/algorithms/nsga2.h"
#include "search/algorithms/random_search.h"
#include "search/algorithms/regularized_evolution.h"

namespace lts::search {
namespace {

template <auto ReadOptions, auto Make>
MakeSearcher read(MapReader& reader, nlohmann::ordered_json& resolved) {
  return [options = ReadOptions(reader, resolved)](const Problem& problem) {
    return Make(problem, options);
  };
}

constexpr std::array<Algorithm, 6> kAlgorithms = {{
    {.name = "evolution_pareto",
     .read = read<read_evolution_options, make_evolution_pareto>,
     .has_reference_ids = true},
    {"random", read<read_random_options, make_random>},
    {"local_search", read<read_local_search_options, make_local_search>},
    {"regularized_evolution", read<read_regularized_evolution_options, make_regularized_evolution>},
    {"nsga2", read<read_nsga2_options, make_nsga2>},
    {.name = "exact",
     .read = read<read_exact_options, make_exact>,
     .refuses = exact_refuses,
     .certify = exact_certificate},
}};

}  // namespace

std::span<const Algorithm> algorithms() { return kAlgorithms; }

const Algorithm* find_algorithm(std::string_view name) {
  const auto found = std::ranges::find(kAlgorithms, name, &Algorithm::name);
  return found == kAlgorithms.end() ? nullptr : &*found;
}

}  // namespace lts::search

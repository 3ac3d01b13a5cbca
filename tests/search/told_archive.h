#pragma once

#include <vector>

#include "search/archive.h"

namespace lts::search {

/// Tells the archive these values of a population, one list for each candidate, in the objectives'
/// order; fewer lists than candidates: the rest is left out.
inline void tell(Archive& archive, std::vector<Candidate> population,
                 const std::vector<Point>& values) {
  for (std::size_t c = 0; c < values.size(); ++c) {
    Evaluation evaluation{.candidate = std::move(population.at(c))};
    for (const double value : values[c]) evaluation.values.push_back({.value = value});
    archive.add(std::move(evaluation));
  }
}

}  // namespace lts::search

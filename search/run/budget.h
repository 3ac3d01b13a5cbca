#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "search/archive.h"
#include "search/search_config.h"

namespace lts::search {

/// Cuts a population to what `max_evaluations` leaves after so many; whether it is the last one.
inline bool cut_to_budget(const Budget& budget, std::size_t evaluated,
                          std::vector<Candidate>& population) {
  if (!budget.max_evaluations) return false;
  const auto left = static_cast<std::size_t>(*budget.max_evaluations) - evaluated;
  if (population.size() < left) return false;
  population.erase(population.begin() + static_cast<std::ptrdiff_t>(left), population.end());
  return true;
}

/// Whether no further candidate is begun.
inline bool out_of_time(const Budget& budget, double elapsed_s) {
  return budget.max_seconds && elapsed_s >= *budget.max_seconds;
}

/// Whether the hypervolume, of which `history` has one value per iteration, has stood still.
inline bool on_plateau(const Budget& budget, const std::vector<double>& history) {
  const auto& plateau = budget.plateau;
  if (!plateau || std::ssize(history) <= plateau->window) return false;
  const double before = history[history.size() - 1 - static_cast<std::size_t>(plateau->window)];
  return history.back() - before <= plateau->relative * std::abs(before);
}

/// Why a run ends with an iteration that was evaluated wholly, or "". `last`: cut_to_budget.
inline std::string ended_by(const Budget& budget, bool last, const std::vector<double>& history) {
  if (last) return "max_evaluations";
  return on_plateau(budget, history) ? "plateau" : "";
}

}  // namespace lts::search

#pragma once

#include <cmath>
#include <optional>
#include <vector>

#include "search/search_config.h"

namespace lts::search {

/// Whether the hypervolume, of which `history` has one value per iteration, has stood still for so
/// long that a run ends.
inline bool on_plateau(const std::optional<Budget::Plateau>& plateau,
                       const std::vector<double>& history) {
  if (!plateau || std::ssize(history) <= plateau->window) return false;
  const double before = history[history.size() - 1 - static_cast<std::size_t>(plateau->window)];
  return history.back() - before <= plateau->relative * std::abs(before);
}

}  // namespace lts::search

#pragma once

#include <array>
#include <vector>

#include "predictor/correlation/trained_models.h"

namespace lts::predictor {

/// How many of the proxy's best are trained.
inline constexpr std::array kTrained = {1, 2, 3, 5};

/// What is lost under one budget: by how much the lowest perplexity among the proxy's best 1, 2, 3,
/// 5 of the models within the budget is above the lowest of all within it; 0.05 is 5 %.
struct BudgetLoss {
  double budget = 0;
  double best_perplexity = 0;
  std::array<double, kTrained.size()> loss{};
};

/// The loss for every budget there is: each value in `costs`, ascending. `costs` has an entry for
/// every model, NaN where it is not known: such a model takes no part.
std::vector<BudgetLoss> decide(const TrainedModels& models, const std::vector<double>& costs);

}  // namespace lts::predictor

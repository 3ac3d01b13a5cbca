#include "predictor/correlation/decision.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace lts::predictor {
namespace {

double lowest_perplexity(const TrainedModels& models, const std::vector<std::size_t>& among,
                         std::size_t count) {
  double lowest = models.perplexity[among.front()];
  for (std::size_t i = 0; i < std::min(count, among.size()); ++i)
    lowest = std::min(lowest, models.perplexity[among[i]]);
  return lowest;
}

}  // namespace

std::vector<BudgetLoss> decide(const TrainedModels& models, const std::vector<double>& costs) {
  std::vector<double> budgets;
  std::vector<std::size_t> by_proxy;  // best first
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (std::isnan(costs[i])) continue;
    budgets.push_back(costs[i]);
    by_proxy.push_back(i);
  }
  std::ranges::stable_sort(by_proxy, std::greater(), [&](auto i) { return models.score[i]; });
  std::ranges::sort(budgets);
  budgets.erase(std::ranges::unique(budgets).begin(), budgets.end());
  std::vector<BudgetLoss> out;
  for (const double budget : budgets) {
    std::vector<std::size_t> within;
    std::ranges::copy_if(by_proxy, std::back_inserter(within),
                         [&](std::size_t i) { return costs[i] <= budget; });
    BudgetLoss row{.budget = budget,
                   .best_perplexity = lowest_perplexity(models, within, within.size())};
    for (std::size_t k = 0; k < kTrained.size(); ++k) {
      const double got = lowest_perplexity(models, within, static_cast<std::size_t>(kTrained[k]));
      row.loss[k] = got / row.best_perplexity - 1;
    }
    out.push_back(row);
  }
  return out;
}

}  // namespace lts::predictor

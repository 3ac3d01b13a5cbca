#include "search/evaluation.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

namespace lts::search {
namespace {

using predictor::Cost;
using predictor::Evaluator;
using predictor::Failure;
using predictor::Measurement;
using predictor::Objective;
using predictor::Outcome;

/// A NaN or infinite value is a failure: it must never enter a front.
Outcome finite(Outcome outcome, const Objective& objective) {
  const auto* measurement = std::get_if<Measurement>(&outcome);
  if (!measurement || std::isfinite(measurement->value)) return outcome;
  if (!measurement->missing.empty()) return Failure{"candidate", measurement->missing};
  return Failure{"candidate", "'" + objective.name + "' is not a finite number"};
}

Evaluation failed(Evaluation evaluation, Failure& failure) {
  evaluation.status = Status::kFailed;
  evaluation.failure = std::move(failure);
  evaluation.values.clear();
  return evaluation;
}

}  // namespace

std::vector<std::vector<Outcome>> evaluate_free(std::span<const Candidate> population,
                                                std::span<const Objective> objectives) {
  std::vector<std::vector<Outcome>> outcomes(population.size(),
                                             std::vector<Outcome>(objectives.size()));
  std::vector<space::Architecture> all;
  for (const Candidate& candidate : population) all.push_back(candidate.architecture);
  for (const Objective& objective : objectives) {
    if (objective.free()) objective.evaluator->announce(all);
  }
  tbb::parallel_for(std::size_t{0}, population.size(), [&](std::size_t c) {
    for (std::size_t o = 0; o < objectives.size(); ++o) {
      if (!objectives[o].free()) continue;
      outcomes[c][o] =
          finite(objectives[o].evaluator->evaluate(population[c].architecture), objectives[o]);
    }
  });
  return outcomes;
}

std::optional<Point> free_losses(std::span<const Outcome> outcomes,
                                 std::span<const Objective> objectives) {
  Point out;
  for (std::size_t o = 0; o < objectives.size(); ++o) {
    const auto* measurement = std::get_if<Measurement>(&outcomes[o]);
    if (!measurement) return std::nullopt;
    out.push_back(objectives[o].free() ? objectives[o].loss(measurement->value) : 0);
  }
  return out;
}

void announce_measured(std::span<const Candidate> population,
                       std::span<const std::vector<Outcome>> free_outcomes,
                       std::span<const Objective> objectives) {
  std::vector<space::Architecture> next;
  for (std::size_t c = 0; c < population.size(); ++c) {
    const bool failed = std::ranges::any_of(
        free_outcomes[c], [](const auto& o) { return std::holds_alternative<Failure>(o); });
    if (!failed) next.push_back(population[c].architecture);
  }
  for (const Objective& objective : objectives) {
    if (!objective.free()) objective.evaluator->announce(next);
  }
}

Evaluation evaluate_measured(Candidate candidate, std::vector<Outcome> outcomes,
                             std::span<const Objective> objectives) {
  Evaluation out{.candidate = std::move(candidate)};
  for (const Cost cost : {Cost::kFree, Cost::kCheap, Cost::kMeasured}) {
    for (std::size_t o = 0; o < objectives.size(); ++o) {
      Evaluator& evaluator = *objectives[o].evaluator;
      if (evaluator.cost() != cost) continue;
      if (cost != Cost::kFree)
        outcomes[o] = finite(evaluator.evaluate(out.candidate.architecture), objectives[o]);
      if (auto* failure = std::get_if<Failure>(&outcomes[o]))
        return failed(std::move(out), *failure);
    }
  }
  for (std::size_t o = 0; o < objectives.size(); ++o) {
    out.values.push_back(std::move(std::get<Measurement>(outcomes[o])));
    if (!objectives[o].constraint.admits(out.values.back().value)) out.status = Status::kInfeasible;
  }
  return out;
}

}  // namespace lts::search

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "predictor/objective.h"

namespace lts::testing {

/// Answers what a function says.
class FunctionEvaluator final : public predictor::Evaluator {
 public:
  using Function = std::function<predictor::Outcome(const space::Architecture&)>;
  FunctionEvaluator(predictor::Cost cost, Function function)
      : cost_(cost), function_(std::move(function)) {}
  predictor::Cost cost() const override { return cost_; }
  std::string unit() const override { return ""; }
  predictor::Outcome evaluate(const space::Architecture& architecture) override {
    return function_(architecture);
  }

 private:
  predictor::Cost cost_;
  Function function_;
};

inline predictor::Objective objective(const std::string& name, predictor::Cost cost,
                                      FunctionEvaluator::Function function) {
  return {.name = name,
          .evaluator = std::make_shared<FunctionEvaluator>(cost, std::move(function))};
}

}  // namespace lts::testing

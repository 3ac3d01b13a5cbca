#include "search/archive.h"

#include <gtest/gtest.h>

#include <cmath>
#include <mutex>
#include <thread>

#include "search/evaluation.h"
#include "space/arch_argument.h"
#include "tests/fakes/function_evaluator.h"

namespace lts::search {
namespace {

using predictor::Direction;
using predictor::Failure;
using predictor::Measurement;
using predictor::Objective;
using predictor::Outcome;
using testing::objective;

Objective value_objective(const std::string& name, double value) {
  return objective(name, predictor::Cost::kFree, [=](auto&) { return Measurement{value}; });
}

Candidate candidate(int n_layer, const std::string& id) {
  return {.genome = {},
          .architecture = space::parse_arch_argument(
              "gpt2:n_layer=" + std::to_string(n_layer) + ",d_model=64,d_inner=64,n_head=2", ""),
          .archid = id};
}

Evaluation ok(const std::string& id, double a, double b) {
  return {.candidate = candidate(1, id), .values = {{.value = a}, {.value = b}}};
}

TEST(Archive, KeepsFailedAndInfeasibleOffTheFront) {
  for (const Ties ties : {Ties::kKeepAll, Ties::kKeepFirst}) {
    Archive archive({value_objective("a", 0), value_objective("b", 0)}, ties);
    archive.add(ok("ok", 5, 5));
    Evaluation infeasible = ok("infeasible", 1, 1);
    infeasible.status = Status::kInfeasible;
    archive.add(infeasible);
    archive.add({.candidate = candidate(1, "failed"),
                 .status = Status::kFailed,
                 .failure = {"candidate", "out of memory"}});
    EXPECT_EQ(archive.front(), std::vector<std::size_t>{0});
    EXPECT_TRUE(archive.seen("failed"));
    EXPECT_TRUE(archive.seen("infeasible"));
    EXPECT_FALSE(archive.seen("other"));
  }
}

TEST(Archive, TurnsMaximisedObjectivesAndFollowsTheReferencesOrder) {
  Archive archive({value_objective("a", 0), value_objective("b", 0)}, Ties::kKeepAll);
  Objective more = value_objective("more", 0);
  more.direction = Direction::kMaximize;
  Archive turned({more, value_objective("b", 0)}, Ties::kKeepAll);
  for (Archive* each : {&archive, &turned}) {
    each->add(ok("x", 1, 1));
    each->add(ok("y", 2, 2));
  }
  EXPECT_EQ(archive.front(), std::vector<std::size_t>{0});
  EXPECT_EQ(turned.front(), (std::vector<std::size_t>{1, 0}));  // the largest first
}

TEST(Archive, LetsPointsEqualInEveryObjectiveAllStayOrTheFirst) {
  for (const auto& [ties, size] : {std::pair{Ties::kKeepAll, 2U}, {Ties::kKeepFirst, 1U}}) {
    Archive archive({value_objective("a", 0), value_objective("b", 0)}, ties);
    archive.add(ok("first", 1, 2));
    archive.add(ok("second", 1, 2));
    ASSERT_EQ(archive.front().size(), size);
    EXPECT_EQ(archive.front().front(), 0U);
  }
}

TEST(Evaluation, MakesNanAndInfinityFailures) {
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    const std::vector<Objective> objectives = {value_objective("mine", bad)};
    const std::vector<Candidate> population = {candidate(1, "x")};
    auto outcomes = evaluate_free(population, objectives);
    const Evaluation out = evaluate_measured(population[0], outcomes[0], objectives);
    EXPECT_EQ(out.status, Status::kFailed);
    EXPECT_EQ(out.failure.reason, "'mine' is not a finite number");
    EXPECT_TRUE(out.values.empty());
  }
}

TEST(Evaluation, SaysWhyThereIsNoValue) {
  const std::vector<Objective> objectives = {objective("mine", predictor::Cost::kFree, [](auto&) {
    return Measurement{.value = std::nan(""), .missing = "the device reports no such thing"};
  })};
  const std::vector<Candidate> population = {candidate(1, "x")};
  auto outcomes = evaluate_free(population, objectives);
  const Evaluation out = evaluate_measured(population[0], outcomes[0], objectives);
  EXPECT_EQ(out.failure.reason, "the device reports no such thing");
}

TEST(Evaluation, MeasuresNothingForACandidateThatFailedAnywhereElse) {
  int measured = 0;
  const auto measure = [&](auto&) {
    ++measured;
    return Measurement{1};
  };
  const auto fail = [](auto&) { return Failure{"candidate", "no value"}; };
  const std::vector<Objective> objectives = {
      objective("measured", predictor::Cost::kMeasured, measure),
      objective("free", predictor::Cost::kFree, fail)};
  const std::vector<Candidate> population = {candidate(1, "x")};
  auto outcomes = evaluate_free(population, objectives);
  EXPECT_EQ(evaluate_measured(population[0], outcomes[0], objectives).status, Status::kFailed);
  EXPECT_EQ(measured, 0);
}

TEST(Evaluation, ComputesWhatIsCheapBeforeItMeasures) {
  std::string order;
  const auto named = [&](const std::string& name, predictor::Cost cost, double value) {
    return objective(name, cost, [&order, name, value](auto&) {
      order += name;
      return Measurement{value};
    });
  };
  std::vector<Objective> objectives = {named("m", predictor::Cost::kMeasured, 1),
                                       named("c", predictor::Cost::kCheap, 2),
                                       named("n", predictor::Cost::kMeasured, 3)};
  const Evaluation out = evaluate_measured(candidate(1, "x"), std::vector<Outcome>(3), objectives);
  EXPECT_EQ(order, "cmn");
  EXPECT_EQ(out.values[0].value, 1);
  EXPECT_EQ(out.values[1].value, 2);
  EXPECT_EQ(out.values[2].value, 3);
  order.clear();
  objectives[1] = objective("c", predictor::Cost::kCheap, [](auto&) {
    return Failure{"candidate", "no value"};
  });
  EXPECT_EQ(evaluate_measured(candidate(1, "x"), std::vector<Outcome>(3), objectives).status,
            Status::kFailed);
  EXPECT_EQ(order, "");
}

TEST(Evaluation, MeasuresOnTheCallersThreadAlone) {
  const auto caller = std::this_thread::get_id();
  const auto measure = [&](auto&) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    return Measurement{1};
  };
  const std::vector<Objective> objectives = {
      objective("measured", predictor::Cost::kMeasured, measure)};
  std::vector<Candidate> population(50, candidate(1, "x"));
  auto outcomes = evaluate_free(population, objectives);
  for (std::size_t c = 0; c < population.size(); ++c) {
    evaluate_measured(population[c], outcomes[c], objectives);
  }
}

TEST(Evaluation, CallsAMeasuredValueOutsideItsConstraintInfeasible) {
  for (const auto& [value, status] : {std::pair{2.0, Status::kOk}, {2.001, Status::kInfeasible}}) {
    Objective latency = objective("latency", predictor::Cost::kMeasured,
                                  [v = value](auto&) { return Measurement{v}; });
    latency.constraint.max = 2.0;  // ends allowed
    const std::vector<Objective> objectives = {latency};
    const Evaluation out = evaluate_measured(candidate(1, "x"), {Outcome{}}, objectives);
    EXPECT_EQ(out.status, status);
    EXPECT_EQ(out.values.size(), 1U);
  }
}

}  // namespace
}  // namespace lts::search

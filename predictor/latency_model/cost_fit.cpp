#include "predictor/latency_model/cost_fit.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/error.h"
#include "predictor/latency_model/calibration.h"
#include "predictor/latency_model/regression.h"
#include "predictor/latency_model/scaled_terms.h"

namespace lts::predictor {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using space::Architecture;

/// By how much a form must predict better than a simpler one.
constexpr double kWorthwhile = 0.95;

struct Fitted {
  std::vector<Architecture> architectures;
  VectorXd target;
  std::vector<std::vector<double>> readings;  ///< of each row, over its target
};

std::vector<double> readings_of(const CostRow& row) {
  return row.readings.empty() ? std::vector<double>{row.value} : row.readings;
}

Fitted fitted_on(std::span<const CostRow> rows) {
  Fitted out;
  std::vector<double> values;
  for (const CostRow& row : rows) {
    if (row.held_out) continue;
    out.architectures.push_back(row.architecture);
    values.push_back(row.value);
    out.readings.push_back(readings_of(row));
    for (double& reading : out.readings.back()) reading /= row.value;
  }
  LTS_ASSERT(values.size() >= 2);
  out.target = Eigen::Map<const VectorXd>(values.data(), static_cast<Index>(values.size()));
  return out;
}

/// Members over which the spread of predictions is averaged: enough for a mean.
constexpr std::size_t kSampledMembers = 500;

std::vector<Architecture> sampled(std::span<const Architecture> members) {
  const std::size_t count = std::min(members.size(), kSampledMembers);
  std::vector<Architecture> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(members[i * members.size() / count]);
  return out;
}

/// A form's problem and what came of it.
struct Attempt {
  std::size_t form = 0;
  Regression fit;
  VectorXd left_out{};  ///< see left_out_residuals
  double error = 0;     ///< mean of their sizes
};

/// The best attempt; `problem(f)` makes the f-th, the simplest first.
template <typename MakeProblem>
Attempt best_attempt(std::size_t forms, const MakeProblem& problem) {
  std::optional<Attempt> best;
  for (std::size_t f = 0; f < forms; ++f) {
    const RegressionProblem made = problem(f);
    Attempt attempt{.form = f, .fit = regress(made)};
    attempt.left_out = left_out_residuals(made, attempt.fit);
    attempt.error = attempt.left_out.cwiseAbs().mean();
    if (!best || attempt.error < best->error * kWorthwhile) best = std::move(attempt);
  }
  return *best;
}

double share_inside(std::span<const double> readings, double predicted, double error) {
  const auto inside = std::ranges::count_if(
      readings, [&](double reading) { return std::abs(reading - predicted) <= error * predicted; });
  return static_cast<double>(inside) / static_cast<double>(readings.size());
}

/// Rows of features over the prediction, as leverage wants them.
MatrixXd relative_rows(const MatrixXd& features, const VectorXd& coefficients) {
  const VectorXd predicted = (features * coefficients).cwiseMax(1e-300);
  return predicted.cwiseInverse().asDiagonal() * features;
}

FittedCost finished(LayerCost cost, const Attempt& attempt, const Fitted& fitted,
                    const MatrixXd& member_features, std::span<const CostRow> rows) {
  FittedCost out{.cost = std::move(cost)};
  out.error_quantiles =
      conformal_quantiles(attempt.fit, attempt.left_out, fitted.readings, kErrorLevels,
                          relative_rows(member_features, attempt.fit.coefficients));
  out.cross_validated_mape = attempt.error;
  out.holdout = holdout_errors(out.cost, rows, out.error_quantiles.at(kIntervalLevel));
  return out;
}

}  // namespace

FittedCost fit_cost(std::span<const ModelForm> forms, std::span<const CostRow> rows,
                    std::span<const Architecture> members) {
  const Fitted fitted = fitted_on(rows);
  const Attempt best = best_attempt(forms.size(), [&](std::size_t f) {
    RegressionProblem problem{.features = term_values(forms[f].terms, fitted.architectures),
                              .target = fitted.target};
    for (const ModelTerm& term : forms[f].terms) problem.nonnegative.push_back(term.nonnegative);
    problem.prior = VectorXd::Zero(problem.features.cols());
    problem.strength = forms[f].strength;
    return problem;
  });
  const ModelForm& form = forms[best.form];
  FittedCost out = finished(cost_of(form.terms, best.fit.coefficients), best, fitted,
                            term_values(form.terms, sampled(members)), rows);
  out.form = form.name;
  return out;
}

FittedCost transfer_cost(const LayerCost& from, std::span<const CostRow> rows,
                         std::span<const Architecture> members) {
  const Fitted fitted = fitted_on(rows);
  const ScaledTerms scaled(from);
  const MatrixXd features = scaled.values(fitted.architectures);
  const double common = scaled.common_factor(features, fitted.target);
  const std::span<const double> firmness = ScaledTerms::firmnesses();
  const Attempt best = best_attempt(firmness.size(), [&](std::size_t f) {
    return scaled.problem(features, fitted.target, common, firmness[f]);
  });
  FittedCost out = finished(scaled.cost(best.fit.coefficients), best, fitted,
                            scaled.values(sampled(members)), rows);
  out.form = "scaled terms";
  return out;
}

HoldoutErrors holdout_errors(const LayerCost& cost, std::span<const CostRow> rows,
                             double interval_error) {
  HoldoutErrors out;
  for (const CostRow& row : rows) {
    if (!row.held_out) continue;
    const double predicted = cost.value(row.architecture);
    const double error = std::abs(predicted - row.value) / row.value;
    ++out.n;
    out.mape += error;
    out.within_5 += error <= 0.05;
    out.within_10 += error <= 0.10;
    out.interval_coverage += share_inside(readings_of(row), predicted, interval_error);
    if (out.n > 1 && error <= out.worst) continue;
    out.worst = error;
    out.worst_archid = space::archid(row.architecture);
  }
  if (out.n == 0) return out;
  for (double* share : {&out.mape, &out.within_5, &out.within_10, &out.interval_coverage}) {
    *share /= out.n;
  }
  return out;
}

}  // namespace lts::predictor

#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "predictor/cost_source.h"
#include "predictor/latency_model/model_forms.h"

namespace lts::predictor {

/// What is known of one figure of one architecture.
struct CostRow {
  space::Architecture architecture;
  double value = 0;       ///< positive
  bool held_out = false;  ///< never fitted on
  /// Single measurements of which `value` is the median, by which intervals are calibrated; empty:
  /// `value` is one.
  std::vector<double> readings{};
};

/// How far a model is off on architectures that it was not fitted on. Shares and relative errors,
/// |predicted - measured| / measured, from 0.
struct HoldoutErrors {
  int n = 0;
  double mape = 0;                     ///< mean of the relative errors
  double within_5 = 0, within_10 = 0;  ///< share of errors of at most 5 and 10 %
  double interval_coverage = 0;        ///< share of single readings in the kIntervalLevel interval
  double worst = 0;                    ///< the largest relative error
  std::string worst_archid{};
};

/// The levels at which a fit gives its errors.
constexpr double kErrorLevels[] = {0.5, 0.8, kIntervalLevel, 0.95};

/// A cost with what is known of its errors.
struct FittedCost {
  LayerCost cost;
  std::string form{};  ///< which of the forms was chosen
  /// |reading / predicted - 1| of one measurement of a member is at most error_quantiles[level]
  /// with that probability.
  std::map<double, double> error_quantiles{};
  double cross_validated_mape = 0;  ///< on the rows fitted on, each left out once
  HoldoutErrors holdout{};
};

/// Fits the form that predicts rows left out best (least mean relative error; a form must better a
/// simpler one by 5 %). `members` stand for the space over which the intervals hold on average; of
/// more than 500, so many spread evenly over them do.
/// Only rows that are not held out count for anything but `holdout`. Precondition: two rows or more
/// are fitted on; values are positive.
FittedCost fit_cost(std::span<const ModelForm> forms, std::span<const CostRow> rows,
                    std::span<const space::Architecture> members);

/// The same with the terms of another device's or protocol's cost: one factor for each kind of work
/// (matrix products, passes over rows, the head, calls), and, more firmly held, one for each term.
FittedCost transfer_cost(const LayerCost& from, std::span<const CostRow> rows,
                         std::span<const space::Architecture> members);

/// Errors of a cost on the rows that are held out, with the interval of `interval_error`.
HoldoutErrors holdout_errors(const LayerCost& cost, std::span<const CostRow> rows,
                             double interval_error);

}  // namespace lts::predictor

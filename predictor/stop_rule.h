#pragma once

namespace lts::predictor {

/// When a latency measurement ends.
struct StopRule {
  double relative_ci = 0.02;  ///< half the 95 % bootstrap interval of the median over the median
  int min_runs = 5;           ///< timed runs at least, warm-up apart
  int max_runs = 50;          ///< timed runs at most, disturbed ones apart
  /// Of one candidate, building and warm-up included: no run begins that would end later by the
  /// median so far. min_runs are made all the same.
  double max_seconds = 1.5;
};

}  // namespace lts::predictor

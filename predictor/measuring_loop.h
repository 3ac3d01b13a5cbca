#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/statistics.h"

namespace lts::predictor {

/// When a latency measurement ends.
struct StopRule {
  double relative_ci = 0.02;  ///< half the 95 % bootstrap interval of the median over the median
  int min_runs = 5;           ///< timed runs at least, warm-up apart
  int max_runs = 50;          ///< timed runs at most
  /// Of one candidate, building and warm-up included: no run begins that would end later by the
  /// median so far. min_runs are made all the same.
  double max_seconds = 1.5;
};

/// All that was timed of one architecture. Seconds.
struct Latency {
  std::vector<double> samples_s;  ///< every timed run, in order
  int warmup_runs = 0;            ///< runs before, until the time stood still
  double median_s = 0, mean_s = 0, min_s = 0, p90_s = 0;
  Interval ci95_s{};    ///< of the median
  std::string verdict;  ///< "clean" when relative_ci was reached, else "noisy"
};

/// A clock in seconds and the work to be timed, so that tests can hand in their own time.
struct TimedWork {
  std::function<void()> run;      ///< one forward pass, done when it returns
  std::function<double()> now_s;  ///< monotonic
};

/// A monotonic clock in seconds.
double steady_now_s();

/// Runs until stable, then times runs until the rule ends them. `begun_s` is when work on this
/// candidate began (building counts). Polls for interruption between runs. \throws Error kStopped.
Latency measure_latency(const TimedWork& work, const StopRule& rule, double begun_s);

}  // namespace lts::predictor

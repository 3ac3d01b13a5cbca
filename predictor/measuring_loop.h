#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/statistics.h"
#include "predictor/stop_rule.h"
#include "predictor/stopwatch.h"
#include "predictor/yardstick.h"

namespace lts::predictor {

class LoadedModel;
class Sentinel;

/// One run as the clock gave it, before anything was corrected.
struct RawRun {
  double time_s = 0;
  double waited_share = 0;  ///< of its block: spent waiting for a processor that other work had
  double slowdown = 1;      ///< of this candidate around this run, by the sentinel; 1 without one
  bool calm = true;         ///< the sentinel stood still and nothing was waited for
  double sample_s = 0;      ///< what the run is taken for: without waiting, over the slowdown
};

/// All that was timed of one architecture. Seconds, at the device's calm speed.
struct Latency {
  std::vector<double> samples_s;  ///< sample_s of the runs that count, in order
  int warmup_runs = 0;            ///< runs before, until the time stood still
  double median_s = 0, mean_s = 0, min_s = 0, p90_s = 0;
  Interval ci95_s{};    ///< of the median, by bootstrap
  std::string verdict;  ///< "clean" when relative_ci was reached and the device stood still, else
                        ///< "noisy"
  double relative_ci = 0;            ///< what was reached: half of ci95_s over median_s
  std::string stop_reason;           ///< what ended it: "relative_ci", "max_runs" or "max_seconds"
  std::vector<RawRun> raw;           ///< every timed run, in order, those left out of samples_s too
  std::optional<double> slowdown{};  ///< median over samples_s; absent without sentinel
  std::optional<Yardstick> yardstick{};  ///< the sentinel's times on the calm device
};

/// What is measured, and what watches it.
struct Subject {
  LoadedModel& candidate;
  Sentinel* sentinel = nullptr;  ///< may be absent: nothing is corrected then
  Stopwatch stopwatch{};
};

/// The one measuring loop of every device. Warm-up until two runs agree; then blocks of runs of the
/// candidate between blocks of the sentinel, until the calm ones among them know the median to
/// `rule.relative_ci`, or the rule's runs or seconds are used up. Disturbed runs (the sentinel
/// moved by more than 10 %, or more than 2 % of the time was spent waiting for a processor) are
/// repeated as long as there is time; where fewer than min_runs calm ones were to be had, the least
/// disturbed half counts. `begun_s` is when work on this candidate began (building counts). Polls
/// for interruption between blocks. \throws Error kStopped; what the candidate or sentinel throws.
Latency measure_latency(const Subject& subject, const StopRule& rule, double begun_s);

}  // namespace lts::predictor

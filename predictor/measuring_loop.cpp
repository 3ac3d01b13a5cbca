#include "predictor/measuring_loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/interrupt.h"

namespace lts::predictor {
namespace {

constexpr int kMaxWarmups = 10;
constexpr double kStable = 0.05;       // two runs within 5 % of each other: warm
constexpr double kWarmupShare = 0.33;  // of max_seconds
constexpr const char* kNothingLost = "the measurement under way was dropped";

double timed_run(const TimedWork& work) {
  throw_if_interrupted(kNothingLost);
  const double start = work.now_s();
  work.run();
  return work.now_s() - start;
}

/// Runs until two successive times agree (caches filled, clocks up), or the next run would end
/// after the deadline.
int warm_up(const TimedWork& work, double deadline_s) {
  double previous = timed_run(work);
  int runs = 1;
  while (runs < kMaxWarmups && work.now_s() + previous <= deadline_s) {
    const double time = timed_run(work);
    ++runs;
    if (std::abs(time - previous) <= kStable * std::min(time, previous)) break;
    previous = time;
  }
  return runs;
}

/// One sample has an interval of no width, which says nothing.
bool narrow_enough(const std::vector<double>& samples_s, double relative_ci) {
  if (samples_s.size() < 2) return false;
  const double half = bootstrap_median_interval(samples_s).half_width();
  return half <= relative_ci * median(samples_s);
}

void summarise(Latency& latency, double relative_ci) {
  latency.median_s = median(latency.samples_s);
  latency.mean_s = mean(latency.samples_s);
  latency.min_s = *std::min_element(latency.samples_s.begin(), latency.samples_s.end());
  latency.p90_s = quantile(latency.samples_s, 0.9);
  latency.ci95_s = bootstrap_median_interval(latency.samples_s);
  latency.verdict = narrow_enough(latency.samples_s, relative_ci) ? "clean" : "noisy";
}

}  // namespace

double steady_now_s() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

Latency measure_latency(const TimedWork& work, const StopRule& rule, double begun_s) {
  Latency latency;
  latency.warmup_runs = warm_up(work, begun_s + kWarmupShare * rule.max_seconds);
  const double deadline_s = begun_s + rule.max_seconds;
  const auto max_runs = static_cast<std::size_t>(rule.max_runs);
  const auto min_runs = static_cast<std::size_t>(rule.min_runs);
  while (latency.samples_s.size() < max_runs) {
    latency.samples_s.push_back(timed_run(work));
    if (latency.samples_s.size() < min_runs) continue;
    if (work.now_s() + median(latency.samples_s) > deadline_s) break;
    if (narrow_enough(latency.samples_s, rule.relative_ci)) break;
  }
  summarise(latency, rule.relative_ci);
  return latency;
}

}  // namespace lts::predictor

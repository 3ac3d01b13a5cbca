#include "predictor/stopwatch.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "predictor/device.h"

namespace lts::predictor {

namespace {

constexpr double kMostWaiting = 0.9;

}  // namespace

double steady_now_s() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

Block Stopwatch::time(LoadedModel& model, int runs) const {
  const auto before_s = waited_s();
  Block out;
  out.times_s = model.time_runs(runs);
  const auto after_s = waited_s();
  out.net_s = out.times_s;
  const double sum_s = std::accumulate(out.times_s.begin(), out.times_s.end(), 0.0);
  if (!before_s || !after_s || sum_s <= 0) return out;
  out.waited_share = (*after_s - *before_s) / sum_s;
  // Of a very short block most of the waiting lies beside the runs: it tells nothing of them.
  if (!one_thread || !out.disturbed() || out.waited_share > kMostWaiting) return out;
  // Which of the runs waited is not known: each gets the mean of all.
  const double working_s = sum_s * (1 - out.waited_share);
  std::ranges::fill(out.net_s, working_s / static_cast<double>(runs));
  return out;
}

}  // namespace lts::predictor

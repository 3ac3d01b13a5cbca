#include "predictor/noise_floor.h"

#include <algorithm>
#include <limits>
#include <span>

#include "core/error.h"
#include "core/interrupt.h"
#include "core/statistics.h"

namespace lts::predictor {
namespace {

constexpr double kBlockSeconds = 0.25;
constexpr int kBlocks = 20;  // at least, of the time asked for
constexpr std::size_t kMinBlocks = 8, kMaxBlocks = 100'000;
constexpr int kWarmups = 3;
constexpr double kMaxRunsPerBlock = 10'000;

/// The smallest difference between samples where most of them equal another; a clock that is fine
/// enough hardly gives the same time twice.
double clock_step_s(std::vector<double> samples_s) {
  std::ranges::sort(samples_s);
  std::size_t equal = 0;
  double smallest_s = std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i < samples_s.size(); ++i) {
    const double difference_s = samples_s[i] - samples_s[i - 1];
    if (difference_s > 0) {
      smallest_s = std::min(smallest_s, difference_s);
    } else {
      ++equal;
    }
  }
  const bool stepped = 2 * equal >= samples_s.size() && equal + 1 < samples_s.size();
  return stepped ? smallest_s : 0;
}

/// How many runs make a block, by some runs that also warm up.
int runs_per_block(const TimeRuns& time_runs, double seconds) {
  const double block_s = std::min(kBlockSeconds, seconds / kBlocks);
  double run_s = 0;
  for (int i = 0; i < kWarmups; ++i) run_s = median(time_runs(1));
  if (run_s <= 0) return static_cast<int>(kMaxRunsPerBlock);
  return static_cast<int>(std::clamp(block_s / run_s, 1.0, kMaxRunsPerBlock));
}

}  // namespace

NoiseFloor summarise_blocks(const std::vector<std::vector<double>>& blocks_s) {
  LTS_ASSERT(blocks_s.size() >= 2);
  NoiseFloor out;
  std::vector<double> samples_s;
  for (const auto& block_s : blocks_s) {
    out.block_medians_s.push_back(median(block_s));
    samples_s.insert(samples_s.end(), block_s.begin(), block_s.end());
  }
  const std::span medians_s(out.block_medians_s);
  const std::size_t half = medians_s.size() / 2;
  const double spread_s = quantile(medians_s, 0.975) - quantile(medians_s, 0.025);
  out.median_s = median(medians_s);
  if (out.median_s <= 0)
    throw runtime_error("", "the sentinel takes no time by the device's clock");
  out.noise_percent = 100 * spread_s / 2 / out.median_s;
  out.drift_percent = 100 * (median(medians_s.last(half)) / median(medians_s.first(half)) - 1);
  out.clock_step_s = clock_step_s(samples_s);
  out.runs_per_block = static_cast<int>(blocks_s.front().size());
  return out;
}

NoiseFloor measure_noise_floor(const TimeRuns& time_runs, double seconds,
                               const std::function<double()>& now_s,
                               const std::function<void()>& between) {
  const int runs = runs_per_block(time_runs, seconds);
  const double end_s = now_s() + seconds;
  std::vector<std::vector<double>> blocks_s;
  while (blocks_s.size() < kMaxBlocks && (blocks_s.size() < kMinBlocks || now_s() < end_s)) {
    throw_if_interrupted("nothing was changed");
    blocks_s.push_back(time_runs(runs));
    between();
  }
  return summarise_blocks(blocks_s);
}

}  // namespace lts::predictor

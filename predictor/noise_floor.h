#pragma once

#include <functional>
#include <vector>

namespace lts::predictor {

/// Seconds of each of `runs` runs of one model, one after another.
using TimeRuns = std::function<std::vector<double>(int runs)>;

/// How far measurements of the same thing lie apart on a device.
struct NoiseFloor {
  double median_s = 0;  ///< of the blocks
  /// Half the interval that holds 95 % of the blocks' medians over their median, in percent: by so
  /// much a single measurement of the length of a block is off.
  double noise_percent = 0;
  double drift_percent = 0;  ///< by how much the second half of the blocks is slower than the first
  double clock_step_s = 0;   ///< of a clock so coarse that most runs equal another, else 0
  int runs_per_block = 0;
  std::vector<double> block_medians_s{};
};

/// The figures of blocks already timed, each not empty, two at least. \throws Error kRuntime when
/// they took no time.
NoiseFloor summarise_blocks(const std::vector<std::vector<double>>& blocks_s);

/// Times blocks of a quarter of a second (a twentieth of `seconds` where that is less) until
/// `seconds` have passed by `now_s`, eight at least, after a warm-up. `between` is called after
/// each block. Polls for interruption. \throws Error kStopped, and what `time_runs` throws.
NoiseFloor measure_noise_floor(
    const TimeRuns& time_runs, double seconds, const std::function<double()>& now_s,
    const std::function<void()>& between = [] {});

}  // namespace lts::predictor

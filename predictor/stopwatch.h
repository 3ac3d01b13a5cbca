#pragma once

#include <functional>
#include <optional>
#include <vector>

namespace lts::predictor {

class LoadedModel;

/// A monotonic clock in seconds.
double steady_now_s();

/// Some runs of a model timed one after another.
struct Block {
  std::vector<double> times_s;  ///< as the device's clock gave them
  double waited_share = 0;      ///< of their sum: spent waiting for a processor that other work had
  std::vector<double> net_s;    ///< times_s without the waiting, where that can be told

  /// Whether other work took so much of the time that the runs had better be repeated.
  bool disturbed() const { return waited_share > kDisturbed; }
  static constexpr double kDisturbed = 0.02;
};

/// Times blocks of runs and says how much of the time went to other work.
struct Stopwatch {
  std::function<double()> now_s = steady_now_s;
  /// Seconds that our threads have waited for a processor so far, where the system tells.
  std::function<std::optional<double>()> waited_s = [] { return std::nullopt; };
  /// Whether the work runs in one thread: only then is the waiting a plain part of the time.
  bool one_thread = true;

  /// \throws as LoadedModel::time_runs.
  Block time(LoadedModel& model, int runs) const;
};

}  // namespace lts::predictor

#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "predictor/device.h"
#include "predictor/stopwatch.h"
#include "predictor/yardstick.h"

namespace lts::predictor {

/// The architectures of the sentinel under a protocol: a small GPT-2 whose weights stay in a
/// processor's own caches, and one that is little but a large head, whose weights come from memory.
struct SentinelArchitectures {
  space::Architecture compute, memory;
};
SentinelArchitectures sentinel_architectures(const HardwareConfig& config);

/// Both loaded on the device.
struct SentinelModels {
  std::unique_ptr<LoadedModel> compute, memory;
};

/// By how much the device is slower than its yardstick: 1.3 is 30 %.
struct Slowdown {
  double compute =
      1;              ///< what stays in the processor: a slower clock, a neighbour on the same core
  double memory = 1;  ///< what streams from memory: neighbours on the caches and the bus
};

/// What of a slowdown the device surely has: of d = log(slower) of each part
/// d * d^2 / (d^2 + log(1.1)^2). Where nothing disturbs them the parts are up to a tenth slower or
/// faster from one process to the next, by where their weights happen to lie, which is no matter of
/// the candidates (experiments/noise).
///
/// Example: 1.05 becomes 1.010, 1.1 becomes 1.049, 2 becomes 1.974.
Slowdown sure(const Slowdown& slowdown);

/// Two small models that are timed between the runs of candidates. They never change, so what
/// changes their times is the device. A candidate is slowed by both parts, each for its share of
/// the time: on the virtual machine where this was tried, the two together took the spread of
/// repeated measurements from 9, 2.5 and 2 % (a small, a middle and a large model) to 4, 1 and 1 %,
/// where dividing by one sentinel made the larger ones worse (experiments/noise).
class Sentinel {
 public:
  /// Takes the models loaded on the device, and the yardstick kept from an earlier process.
  Sentinel(SentinelModels models, Stopwatch stopwatch, std::optional<Yardstick> kept = {})
      : models_(std::move(models)), stopwatch_(std::move(stopwatch)), kept_(kept) {}

  /// Times a block of each now. The first call settles the yardstick: the lower quartile of some
  /// blocks, about half a second; where one was kept that one, unless the device turns out to be
  /// faster by more than a fifth: then it was busy at that time. \throws as LoadedModel::time_runs.
  Slowdown slowdown();

  /// The median of the last slowdowns, once there are many: a device that has become slower for
  /// good is calm again, only slower.
  std::optional<Slowdown> usual() const;

  /// What a run of `time_s` under this slowdown would take on the calm device, of a model whose
  /// weights are read once a run.
  double calm_time_s(double time_s, const Slowdown& slowdown, std::int64_t weight_bytes) const;

  /// Seconds of one run of each on the calm device; zeros before the first slowdown().
  const Yardstick& yardstick() const { return yardstick_; }

  /// The same sentinel loaded anew after its device was lost; the yardstick stays.
  void replace(SentinelModels models) { models_ = std::move(models); }
  /// Unloads it, for a device that is gone.
  void unload() { models_ = {}; }
  bool loaded() const { return models_.compute != nullptr; }

  /// What counts as standing still.
  static constexpr double kStill = 0.1;

 private:
  Yardstick block();
  double block_s(LoadedModel& model, int& runs);
  void settle_yardstick();

  SentinelModels models_;
  Stopwatch stopwatch_;
  std::optional<Yardstick> kept_;
  Yardstick yardstick_{};
  int compute_runs_ = 0, memory_runs_ = 0;  ///< of a block
  std::int64_t memory_weight_bytes_ = 0;
  std::deque<Slowdown> recent_;
};

}  // namespace lts::predictor

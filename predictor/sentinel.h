#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "predictor/device.h"
#include "predictor/stopwatch.h"

namespace lts::predictor {

/// The architecture of the sentinel under a protocol: a small GPT-2 whose linears fit the caches
/// and whose head does not, so that both a slower clock and a busier memory show in its time.
space::Architecture sentinel_architecture(const HardwareConfig& config);

/// A small model that is timed between the runs of candidates. It never changes, so what changes
/// its time is the device: by how much is the slowdown that measurements are corrected by.
/// (Dividing by it took the error of a fitted latency model from 4.0 to 2.6 % on a virtual
/// machine.)
class Sentinel {
 public:
  /// Takes the model loaded on the device.
  Sentinel(std::unique_ptr<LoadedModel> model, Stopwatch stopwatch)
      : model_(std::move(model)), stopwatch_(std::move(stopwatch)) {}

  /// Times a block of it now and returns its time over the reference: 1.3 is 30 % slower than calm.
  /// The first call takes the reference: the lower quartile of some blocks, about half a second.
  /// \throws as LoadedModel::time_runs.
  double slowdown();

  /// Whether a slowdown is within kStill of the reference, or of what the last blocks came to: a
  /// device that has become slower for good is calm again, only slower.
  bool is_steady(double slowdown) const;

  /// Seconds of one run when the device was calm; 0 before the first slowdown().
  double reference_s() const { return reference_s_; }

  /// The same sentinel loaded anew after its device was lost; the reference stays.
  void replace(std::unique_ptr<LoadedModel> model) { model_ = std::move(model); }
  /// Unloads it, for a device that is gone.
  void unload() { model_.reset(); }
  bool loaded() const { return model_ != nullptr; }

  /// What counts as standing still.
  static constexpr double kStill = 0.1;

 private:
  double block_s();
  void take_reference();

  std::unique_ptr<LoadedModel> model_;
  Stopwatch stopwatch_;
  double reference_s_ = 0;
  std::deque<double> recent_;  ///< the last slowdowns
};

}  // namespace lts::predictor

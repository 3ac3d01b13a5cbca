#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/statistics.h"
#include "space/architecture.h"

namespace lts::predictor {

enum class Direction { kMinimize, kMaximize };

/// What one evaluation costs, and so how the search may call it.
enum class Cost {
  kFree,      ///< a pure function: whole populations at once, from any thread
  kCheap,     ///< takes its time, but anything may run beside it; one candidate after the other
  kMeasured,  ///< occupies the hardware: one candidate at a time, nothing of ours beside it
};

/// Bounds of a value, ends allowed; an absent bound admits everything.
struct Constraint {
  std::optional<double> min, max;

  bool admits(double value) const { return (!min || value >= *min) && (!max || value <= *max); }
  bool empty() const { return !min && !max; }
};

/// What is known about one value of one architecture.
struct Measurement {
  double value = 0;  ///< in the objective's unit; NaN where there is none
  /// Of a measured value the 95 % interval, of a predicted one the 90 % interval of a measurement.
  std::optional<Interval> interval{};
  int runs = 0;                      ///< samples behind the value; 0 for a closed form
  std::string verdict{};             ///< "clean" or "noisy"; "" for a closed form
  nlohmann::ordered_json details{};  ///< profile_json of what was measured, else null
  std::string missing{};  ///< why `value` is NaN: "the device reports no memory.peak_bytes"
};

/// Why an architecture has no value. Recorded, never on the front, never retried.
struct Failure {
  std::string kind;  ///< "candidate" (out of memory, not supported)
  std::string reason;
};

using Outcome = std::variant<Measurement, Failure>;

struct HardwareConfig;

/// Where the values of an objective come from. Implementations of Cost::kFree are thread-safe.
class Evaluator {
 public:
  virtual ~Evaluator() = default;
  virtual Cost cost() const = 0;
  /// The unit of the values: "parameters", "s", "MiB", "bytes", "FLOPs" or "".
  virtual std::string unit() const = 0;
  /// The value of one architecture that has no flaw. What concerns the candidate alone is a
  /// Failure. \throws Error for what concerns the run: kStopped (a signal, a lost device), kRuntime
  /// (a program that answers nothing useful).
  virtual Outcome evaluate(const space::Architecture& architecture) = 0;
  /// Under which protocol it measures; null for what is not measured.
  virtual const HardwareConfig* protocol() const { return nullptr; }
  /// What will be asked for next, in that order; a hint.
  virtual void announce(std::span<const space::Architecture>) {}
  /// The smallest and the largest value there are, where that is known.
  virtual std::optional<Interval> range() const { return std::nullopt; }
  /// Whether the values of members of the family that differ in their layers' genes alone are sums:
  /// of one value for what they share and one for each layer, which depends on that layer's genes.
  virtual bool adds_over_layers(const space::Family& /*family*/) const { return false; }
};

/// One axis of the search.
struct Objective {
  std::string name;  ///< unique; the column's name in the run's files
  Direction direction = Direction::kMinimize;
  Constraint constraint{};
  std::shared_ptr<Evaluator> evaluator;
  /// Whether the value is an exact closed form, so that its range over the space is known.
  bool closed_form = false;

  bool free() const { return evaluator->cost() == Cost::kFree; }
  /// `value` turned so that smaller is better.
  double loss(double value) const { return direction == Direction::kMinimize ? value : -value; }
};

}  // namespace lts::predictor

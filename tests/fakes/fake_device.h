#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "predictor/device.h"
#include "predictor/sentinel.h"
#include "space/family.h"

namespace lts::testing {

/// A clock that only moves when told to, and a machine whose speed and other work change with it.
struct FakeTime {
  double now_s = 0;
  double waited_s = 0;
  /// How much longer everything takes at a time.
  std::function<double(double now_s)> slowdown = [](double) { return 1.0; };
  /// The share of a run spent waiting for a processor; it lasts longer by that.
  std::function<double(double now_s)> waiting = [](double) { return 0.0; };

  /// A run that takes `calm_s` on the calm machine.
  double run(double calm_s) {
    const double working_s = calm_s * slowdown(now_s);
    const double waiting_s = working_s * waiting(now_s);
    now_s += working_s + waiting_s;
    waited_s += waiting_s;
    return working_s + waiting_s;
  }
};

/// A model that takes the times given (seconds on the calm machine), then repeats the last `repeat`
/// of them for ever.
class FakeModel final : public predictor::LoadedModel {
 public:
  FakeModel(FakeTime& time, std::vector<double> times_s, std::size_t repeat = 1)
      : time_(time), times_s_(std::move(times_s)), repeat_(repeat) {}

  std::vector<double> time_runs(int runs) override {
    std::vector<double> out;
    for (int run = 0; run < runs; ++run) {
      if (before_run) before_run();
      const std::size_t first = times_s_.size() - repeat_;
      out.push_back(time_.run(
          times_s_[num_runs < times_s_.size() ? num_runs : first + (num_runs - first) % repeat_]));
      ++num_runs;
    }
    return out;
  }
  predictor::Memory memory() const override { return {.weight_bytes = 100, .peak_bytes = 170}; }

  std::size_t num_runs = 0;
  std::function<void()> before_run{};

 private:
  FakeTime& time_;
  std::vector<double> times_s_;
  std::size_t repeat_;
};

/// Both parts of a sentinel, 1/16 s a run each; the weights of FakeModel, streamed, take the memory
/// part's whole run.
inline predictor::SentinelModels fake_sentinel(FakeTime& time) {
  const std::vector<double> run_s{0.0625};
  return {.compute = std::make_unique<FakeModel>(time, run_s),
          .memory = std::make_unique<FakeModel>(time, run_s)};
}

/// A device in FakeTime: a model of n layers takes n/8 s, either part of the sentinel 1/16 s.
/// `on_load` and `on_run` may throw as a real device does; `on_reopen` too.
class FakeDevice final : public predictor::Device {
 public:
  FakeDevice(FakeTime& time, predictor::HardwareConfig config)
      : time_(time), config_(std::move(config)) {}

  const predictor::HardwareConfig& config() const override { return config_; }
  nlohmann::ordered_json fingerprint() override {
    if (on_fingerprint) on_fingerprint();
    return {{"fake", true}};
  }
  std::optional<double> waited_s() override { return time_.waited_s; }
  nlohmann::ordered_json state() override { return on_state ? on_state() : nullptr; }
  void rest() override {
    if (on_rest) on_rest();
  }
  void reopen() override {
    ++reopened;
    if (on_reopen) on_reopen();
  }

  std::unique_ptr<predictor::LoadedModel> load(const space::Architecture& architecture) override {
    const auto [compute, memory] = predictor::sentinel_architectures(config_);
    const bool sentinel = architecture == compute || architecture == memory;
    loaded.push_back(architecture == compute  ? "sentinel"
                     : architecture == memory ? "memory sentinel"
                                              : space::summary(architecture));
    if (on_load) on_load(architecture, sentinel);
    auto model = std::make_unique<FakeModel>(
        time_, std::vector<double>{sentinel ? 0.0625 : 0.125 * architecture.n_layer()});
    model->before_run = [this, architecture, sentinel] {
      if (on_run) on_run(architecture, sentinel);
    };
    return model;
  }

  std::vector<std::string> loaded{};
  int reopened = 0;
  std::function<void(const space::Architecture&, bool sentinel)> on_load{}, on_run{};
  std::function<void()> on_reopen{}, on_fingerprint{}, on_rest{};
  std::function<nlohmann::ordered_json()> on_state{};

 private:
  FakeTime& time_;
  predictor::HardwareConfig config_;
};

}  // namespace lts::testing

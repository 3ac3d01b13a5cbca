#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "predictor/profiler.h"
#include "space/family.h"

namespace lts::testing {

/// A profiler without hardware: figures are closed forms of the genes, every call is counted. What
/// it is asked for runs through `before`, which may throw as a real profiler does.
class FakeProfiler : public predictor::Profiler {
 public:
  const predictor::HardwareConfig& config() const override { return settings; }
  nlohmann::ordered_json fingerprint() override { return hardware; }

  predictor::Profile profile(const space::Architecture& architecture) override {
    profiled.push_back(space::archid(architecture));
    if (before) before(architecture);
    const double median_s = latency_s(architecture);
    return {.latency = {.samples_s = {median_s, median_s, median_s},
                        .warmup_runs = 1,
                        .median_s = median_s,
                        .mean_s = median_s,
                        .min_s = median_s,
                        .p90_s = median_s,
                        .ci95_s = {median_s, median_s},
                        .verdict = "clean"},
            .memory = {.weight_bytes = 1000 * architecture.n_layer(),
                       .peak_bytes =
                           reports_peak ? std::optional<std::int64_t>(2000 * architecture.n_layer())
                                        : std::nullopt},
            .hardware = hardware,
            .protocol = predictor::hardware_json(settings)};
  }

  void announce(std::span<const space::Architecture> architectures) override {
    announced.assign(architectures.begin(), architectures.end());
  }

  std::size_t calls() const { return profiled.size(); }

  predictor::HardwareConfig settings{};
  bool reports_peak = true;
  nlohmann::ordered_json hardware = {{"fake", true}};
  std::vector<space::Architecture> announced{};
  std::vector<std::string> profiled{};  ///< archids in the order measured
  std::function<void(const space::Architecture&)> before{};
  /// Deeper is slower, wider is faster, so that size and latency do not go together.
  std::function<double(const space::Architecture&)> latency_s = [](const auto& a) {
    return 0.01 * a.n_layer() + 0.1 / a.scalar("d_model") + 0.001 * a.scalar("n_head");
  };
};

}  // namespace lts::testing

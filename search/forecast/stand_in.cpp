#include "search/forecast/stand_in.h"

#include <utility>

#include "space/family.h"

namespace lts::search {
namespace {

using predictor::HardwareConfig;
using predictor::Profile;

constexpr double kFlopsPerSecond = 1e10;  // any: only the order of candidates matters

class StandIn final : public predictor::Profiler {
 public:
  explicit StandIn(HardwareConfig config) : config_(std::move(config)) {}

  const HardwareConfig& config() const override { return config_; }
  nlohmann::ordered_json fingerprint() override { return {{"stand_in", true}}; }

  Profile profile(const space::Architecture& architecture) override {
    require_positions(config_, architecture);
    const space::Counts counts = architecture.family().counts(architecture);
    const auto positions = static_cast<double>(config_.batch_size * config_.positions());
    const double time_s = static_cast<double>(counts.flops_per_token) * positions / kFlopsPerSecond;
    const std::int64_t bytes = counts.weight_bytes();
    const std::vector<double> samples(static_cast<std::size_t>(config_.stop.max_runs), time_s);
    const predictor::RawRun run{.time_s = time_s, .sample_s = time_s};
    return {.latency = {.samples_s = samples,
                        .median_s = time_s,
                        .mean_s = time_s,
                        .min_s = time_s,
                        .p90_s = time_s,
                        .ci95_s = {time_s, time_s},
                        .verdict = "noisy",
                        .stop_reason = "max_runs",
                        .raw = std::vector<predictor::RawRun>(samples.size(), run)},
            .memory = {.weight_bytes = bytes,
                       .peak_bytes = bytes,
                       .resident_peak_bytes = bytes,
                       .liveness_peak_bytes = bytes},
            .hardware = fingerprint(),
            .protocol = predictor::hardware_json(config_)};
  }

 private:
  HardwareConfig config_;
};

}  // namespace

MakeProfiler StandIns::maker() {
  return [this](const HardwareConfig& config) {
    hardware_.push_back(config);
    return std::make_shared<StandIn>(config);
  };
}

}  // namespace lts::search

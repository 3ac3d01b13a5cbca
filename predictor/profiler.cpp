#include "predictor/profiler.h"

#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "core/error.h"

namespace lts::predictor {
namespace {

using space::Architecture;

struct Metric {
  std::string_view name, unit;
  double (*value)(const Profile&);
};

double bytes_or_nan(std::optional<std::int64_t> size_bytes) {
  return size_bytes ? static_cast<double>(*size_bytes) : std::numeric_limits<double>::quiet_NaN();
}

constexpr std::array<Metric, 8> kMetrics = {{
    {"latency.median_s", "s", [](const Profile& p) { return p.latency.median_s; }},
    {"latency.mean_s", "s", [](const Profile& p) { return p.latency.mean_s; }},
    {"latency.min_s", "s", [](const Profile& p) { return p.latency.min_s; }},
    {"latency.p90_s", "s", [](const Profile& p) { return p.latency.p90_s; }},
    {"memory.weight_bytes", "bytes",
     [](const Profile& p) { return static_cast<double>(p.memory.weight_bytes); }},
    {"memory.peak_bytes", "bytes",
     [](const Profile& p) { return bytes_or_nan(p.memory.peak_bytes); }},
    {"memory.resident_peak_bytes", "bytes",
     [](const Profile& p) { return bytes_or_nan(p.memory.resident_peak_bytes); }},
    {"memory.liveness_peak_bytes", "bytes",
     [](const Profile& p) { return bytes_or_nan(p.memory.liveness_peak_bytes); }},
}};

const Metric& metric_named(std::string_view name) {
  for (const Metric& metric : kMetrics) {
    if (metric.name == name) return metric;
  }
  assertion_failed("the metric's name was checked", __FILE__, __LINE__);
}

Measurement measurement_of(const Metric& metric, const Profile& profile) {
  Measurement out{.value = metric.value(profile), .details = profile_json(profile)};
  const bool memory = metric.name.starts_with("memory.");
  if (memory && std::isnan(out.value))
    out.missing = "the device reports no " + std::string(metric.name);
  if (!metric.name.starts_with("latency.")) return out;
  out.runs = static_cast<int>(profile.latency.samples_s.size());
  out.verdict = profile.latency.verdict;
  if (metric.name == "latency.median_s") out.interval = profile.latency.ci95_s;
  return out;
}

/// What the last measurement gave, and which evaluators have taken it.
class SharedMeasurement {
 public:
  explicit SharedMeasurement(std::shared_ptr<Profiler> profiler) : profiler_(std::move(profiler)) {}

  Outcome take(std::size_t evaluator, const Metric& metric, const Architecture& architecture) {
    if (architecture_ != architecture || takers_.contains(evaluator)) measure(architecture);
    takers_.insert(evaluator);
    if (const auto* failure = std::get_if<Failure>(&result_)) return *failure;
    return measurement_of(metric, std::get<Profile>(result_));
  }

  void announce(std::span<const Architecture> architectures) { profiler_->announce(architectures); }
  const HardwareConfig& protocol() const { return profiler_->config(); }

 private:
  void measure(const Architecture& architecture) {
    architecture_.reset();  // an interrupted measurement leaves nothing to share
    takers_.clear();
    try {
      result_ = profiler_->profile(architecture);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kStopped) throw;
      result_ = Failure{"candidate", error.what()};
    }
    architecture_ = architecture;
  }

  std::shared_ptr<Profiler> profiler_;
  std::optional<Architecture> architecture_;
  std::variant<Failure, Profile> result_;
  std::set<std::size_t> takers_;
};

class MeasuredEvaluator final : public Evaluator {
 public:
  MeasuredEvaluator(std::shared_ptr<SharedMeasurement> shared, const Metric& metric,
                    std::size_t index)
      : shared_(std::move(shared)), metric_(metric), index_(index) {}

  Cost cost() const override { return Cost::kMeasured; }
  std::string unit() const override { return std::string(metric_.unit); }
  Outcome evaluate(const Architecture& architecture) override {
    return shared_->take(index_, metric_, architecture);
  }
  const HardwareConfig* protocol() const override { return &shared_->protocol(); }
  void announce(std::span<const Architecture> architectures) override {
    shared_->announce(architectures);
  }

 private:
  std::shared_ptr<SharedMeasurement> shared_;
  const Metric& metric_;
  std::size_t index_;
};

}  // namespace

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const Metric& metric : kMetrics) names.emplace_back(metric.name);
  return names;
}

std::vector<std::shared_ptr<Evaluator>> make_measured(std::shared_ptr<Profiler> profiler,
                                                      const std::vector<std::string>& metrics) {
  const auto shared = std::make_shared<SharedMeasurement>(std::move(profiler));
  std::vector<std::shared_ptr<Evaluator>> out;
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    out.push_back(std::make_shared<MeasuredEvaluator>(shared, metric_named(metrics[i]), i));
  }
  return out;
}

}  // namespace lts::predictor

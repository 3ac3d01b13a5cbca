#include "predictor/profiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "space/family.h"
#include "tests/expect_error.h"

namespace lts::predictor {
namespace {

using ::testing::ElementsAre;

/// Counts its calls; an architecture of n layers takes n seconds. What `kind` says it throws.
class CountingProfiler final : public Profiler {
 public:
  const HardwareConfig& config() const override { return config_; }
  nlohmann::ordered_json fingerprint() override { return {{"cpu_model", "abacus"}}; }

  Profile profile(const space::Architecture& architecture) override {
    ++calls;
    if (kind) throw Error(*kind, "no. " + std::to_string(calls) + " failed");
    const double time_s = architecture.n_layer();
    Profile out;
    out.latency = {.samples_s = {time_s, time_s, 4 * time_s},
                   .warmup_runs = 2,
                   .median_s = time_s,
                   .mean_s = 2 * time_s,
                   .min_s = time_s,
                   .p90_s = 3 * time_s,
                   .ci95_s = {time_s, 4 * time_s},
                   .verdict = "noisy"};
    out.memory = {.weight_bytes = 100, .peak_bytes = peak_bytes};
    out.hardware = fingerprint();
    out.protocol = hardware_json(config_);
    return out;
  }

  void announce(std::span<const space::Architecture> architectures) override {
    announced.assign(architectures.begin(), architectures.end());
  }

  int calls = 0;
  std::vector<space::Architecture> announced{};
  std::optional<std::int64_t> peak_bytes = 170;
  std::optional<ErrorKind> kind{};

 private:
  HardwareConfig config_{};
};

space::Architecture of_layers(std::int32_t n_layer) {
  return space::Architecture(space::family_named("gpt2"), {n_layer, 8, 8, 2, 50, 100});
}

struct Measured {
  std::shared_ptr<CountingProfiler> profiler = std::make_shared<CountingProfiler>();
  std::vector<std::shared_ptr<Evaluator>> evaluators =
      make_measured(profiler, {"latency.median_s", "memory.peak_bytes", "latency.p90_s"});

  Outcome outcome(std::size_t evaluator, std::int32_t n_layer) {
    return evaluators[evaluator]->evaluate(of_layers(n_layer));
  }
  double value(std::size_t evaluator, std::int32_t n_layer) {
    return std::get<Measurement>(outcome(evaluator, n_layer)).value;
  }
};

TEST(Measured, MetricsOfOneArchitectureShareOneMeasurement) {
  Measured measured;
  EXPECT_EQ(measured.value(0, 5), 5);
  EXPECT_EQ(measured.value(1, 5), 170);
  EXPECT_EQ(measured.value(2, 5), 15);
  EXPECT_EQ(measured.profiler->calls, 1);
}

TEST(Measured, AFigureThatTheDeviceDoesNotGiveIsNoNumber) {
  Measured measured;
  measured.profiler->peak_bytes.reset();
  EXPECT_TRUE(std::isnan(measured.value(1, 5)));
  EXPECT_EQ(std::get<Measurement>(measured.outcome(1, 5)).missing,
            "the device reports no memory.peak_bytes");
}

TEST(Measured, PassesOnWhatWillBeAskedFor) {
  Measured measured;
  const std::vector<space::Architecture> next = {of_layers(3), of_layers(4)};
  measured.evaluators[0]->announce(next);
  EXPECT_EQ(measured.profiler->announced, next);
}

TEST(Measured, AnotherArchitectureIsMeasured) {
  Measured measured;
  EXPECT_EQ(measured.value(0, 5), 5);
  EXPECT_EQ(measured.value(0, 6), 6);
  EXPECT_EQ(measured.value(1, 6), 170);
  EXPECT_EQ(measured.profiler->calls, 2);
}

TEST(Measured, AskingTheSameMetricAgainMeasuresAnew) {
  Measured measured;
  measured.value(0, 5);
  measured.value(0, 5);
  EXPECT_EQ(measured.profiler->calls, 2);
  measured.value(1, 5);
  EXPECT_EQ(measured.profiler->calls, 2) << "the second measurement is shared too";
}

TEST(Measured, OnlyTheMedianHasAnInterval) {
  Measured measured;
  const auto median = std::get<Measurement>(measured.outcome(0, 2));
  ASSERT_TRUE(median.interval.has_value());
  EXPECT_EQ(median.interval->low, 2);
  EXPECT_EQ(median.interval->high, 8);
  EXPECT_EQ(median.runs, 3);
  EXPECT_EQ(median.verdict, "noisy");
  EXPECT_EQ(median.details["hardware"]["cpu_model"], "abacus");
  const auto memory = std::get<Measurement>(measured.outcome(1, 2));
  EXPECT_FALSE(memory.interval.has_value());
  EXPECT_EQ(memory.verdict, "");
  EXPECT_FALSE(std::get<Measurement>(measured.outcome(2, 2)).interval.has_value());
}

TEST(Measured, ACandidatesFailureIsSharedAndRecorded) {
  for (const ErrorKind kind : {ErrorKind::kUser, ErrorKind::kRuntime}) {
    Measured measured;
    measured.profiler->kind = kind;
    for (const std::size_t evaluator : {0, 1, 2}) {
      const auto outcome = measured.outcome(evaluator, 5);
      ASSERT_TRUE(std::holds_alternative<Failure>(outcome));
      EXPECT_EQ(std::get<Failure>(outcome).kind, "candidate");
      EXPECT_EQ(std::get<Failure>(outcome).reason, "no. 1 failed");
    }
    EXPECT_EQ(measured.profiler->calls, 1);
  }
}

TEST(Measured, ASignalEndsTheRunAndLeavesNothingToShare) {
  Measured measured;
  measured.profiler->kind = ErrorKind::kStopped;
  EXPECT_EQ(testing::error_message([&] { measured.outcome(0, 5); }, ErrorKind::kStopped),
            "no. 1 failed");
  measured.profiler->kind.reset();
  EXPECT_EQ(measured.value(1, 5), 170);
  EXPECT_EQ(measured.profiler->calls, 2);
}

TEST(Measured, OccupiesTheHardwareAndHasAUnit) {
  Measured measured;
  EXPECT_EQ(measured.evaluators[0]->cost(), Cost::kMeasured);
  EXPECT_EQ(measured.evaluators[0]->unit(), "s");
  EXPECT_EQ(measured.evaluators[1]->unit(), "bytes");
}

TEST(Metrics, AreThoseOfLtsProfile) {
  EXPECT_THAT(metric_names(),
              ElementsAre("latency.median_s", "latency.mean_s", "latency.min_s", "latency.p90_s",
                          "memory.weight_bytes", "memory.peak_bytes", "memory.resident_peak_bytes",
                          "memory.liveness_peak_bytes"));
  Profile profile = CountingProfiler().profile(of_layers(2));
  profile.latency.relative_ci = 0.5;
  profile.latency.stop_reason = "max_runs";
  profile.latency.raw = {
      {.time_s = 3, .waited_share = 0.25, .slowdown = 1.125, .calm = false, .sample_s = 2}};
  profile.memory.resident_peak_bytes = 171;
  profile.memory.liveness_peak_bytes = 172;
  const auto json = profile_json(profile);
  for (const std::string& name : metric_names()) {
    const auto dot = name.find('.');
    EXPECT_TRUE(json[name.substr(0, dot)][name.substr(dot + 1)].is_number()) << name;
  }
}

TEST(ProfileJson, HasTheKeysOfTheContract) {
  Profile profile = CountingProfiler().profile(of_layers(2));
  profile.latency.relative_ci = 0.5;
  profile.latency.stop_reason = "max_runs";
  profile.latency.raw = {
      {.time_s = 3, .waited_share = 0.25, .slowdown = 1.125, .calm = false, .sample_s = 2}};
  const auto json = profile_json(profile);
  EXPECT_EQ(json["latency"].dump(),
            R"({"median_s":2.0,"mean_s":4.0,"min_s":2.0,"p90_s":6.0,"ci95_s":[2.0,8.0],)"
            R"("samples_s":[2.0,2.0,8.0],"warmup_runs":2,"verdict":"noisy",)"
            R"("relative_ci":0.5,"stop_reason":"max_runs","slowdown":null,)"
            R"("sentinel_reference_s":null,"raw":{"times_s":[3.0],"waited_shares":[0.25],)"
            R"("slowdowns":[1.125],"calm":[false],"samples_s":[2.0]}})");
  EXPECT_EQ(json["memory"].dump(), R"({"weight_bytes":100,"peak_bytes":170})");
  EXPECT_EQ(json["protocol"]["sequence_length"], 192);
  EXPECT_FALSE(json.contains("extras"));
}

TEST(ProfileJson, SaysWhatElseTheDeviceGave) {
  Profile profile = CountingProfiler().profile(of_layers(2));
  profile.latency.slowdown = 1.0625;
  profile.latency.yardstick = Yardstick{0.0078125, 0.25};
  profile.memory = {.weight_bytes = 100, .resident_peak_bytes = 180, .liveness_peak_bytes = 171};
  profile.extras = {{"energy_j", 2.5}};
  const auto json = profile_json(profile);
  EXPECT_EQ(json["latency"]["slowdown"], 1.0625);
  EXPECT_EQ(json["latency"]["sentinel_reference_s"].dump(),
            R"({"compute":0.0078125,"memory":0.25})");
  EXPECT_EQ(json["memory"].dump(), R"({"weight_bytes":100,"peak_bytes":null,)"
                                   R"("resident_peak_bytes":180,"liveness_peak_bytes":171})");
  EXPECT_EQ(json["extras"].dump(), R"({"energy_j":2.5})");
}

TEST(ProfileJson, IsReadBackAsItWas) {
  Profile profile = CountingProfiler().profile(of_layers(3));
  profile.latency.samples_s = {0.1, 1.0 / 3, 5e-324};
  profile.latency.relative_ci = 0.125;
  profile.latency.stop_reason = "max_runs";
  profile.latency.slowdown = 1.5;
  profile.latency.yardstick = Yardstick{0.25, 0.5};
  profile.latency.raw = {
      {.time_s = 0.3, .waited_share = 0.1, .slowdown = 1.5, .calm = false, .sample_s = 0.2}};
  profile.extras = {{"energy_j", 2.5}};
  for (const bool cached : {false, true}) {
    profile.cached = cached;
    const auto json = profile_json(profile);
    EXPECT_EQ(json.contains("cached"), cached);
    EXPECT_EQ(profile_json(read_profile(nlohmann::ordered_json::parse(json.dump()))), json);
    EXPECT_EQ(read_profile(json).latency.samples_s, profile.latency.samples_s);
  }
  profile.memory = {.weight_bytes = 1, .resident_peak_bytes = 3, .liveness_peak_bytes = 4};
  const auto json = profile_json(profile);
  EXPECT_EQ(profile_json(read_profile(json)), json);
  EXPECT_EQ(read_profile(json).memory.peak_bytes, std::nullopt);
}

TEST(ProfileJson, RefusesWhatItDidNotWrite) {
  const auto json = profile_json(CountingProfiler().profile(of_layers(3)));
  for (const char* key : {"latency", "memory", "hardware", "protocol"}) {
    auto without = json;
    without.erase(key);
    EXPECT_THROW(read_profile(without), nlohmann::json::exception) << key;
  }
  auto null = json;
  null["latency"]["median_s"] = nullptr;
  EXPECT_THROW(read_profile(null), nlohmann::json::exception);
}

}  // namespace
}  // namespace lts::predictor

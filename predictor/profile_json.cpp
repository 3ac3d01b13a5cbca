#include <optional>
#include <vector>

#include "core/or_null.h"
#include "predictor/profiler.h"

namespace lts::predictor {
namespace {

nlohmann::ordered_json raw_json(const std::vector<RawRun>& runs) {
  nlohmann::ordered_json out = {{"times_s", nlohmann::ordered_json::array()},
                                {"waited_shares", nlohmann::ordered_json::array()},
                                {"slowdowns", nlohmann::ordered_json::array()},
                                {"calm", nlohmann::ordered_json::array()},
                                {"samples_s", nlohmann::ordered_json::array()}};
  for (const RawRun& run : runs) {
    out["times_s"].push_back(run.time_s);
    out["waited_shares"].push_back(run.waited_share);
    out["slowdowns"].push_back(run.slowdown);
    out["calm"].push_back(run.calm);
    out["samples_s"].push_back(run.sample_s);
  }
  return out;
}

nlohmann::ordered_json yardstick_json(const std::optional<Yardstick>& yardstick) {
  if (!yardstick) return nullptr;
  return {{"compute", yardstick->compute_s}, {"memory", yardstick->memory_s}};
}

std::optional<Yardstick> read_yardstick(const nlohmann::ordered_json& json) {
  if (!json.is_object()) return std::nullopt;
  return Yardstick{json.at("compute"), json.at("memory")};
}

nlohmann::ordered_json latency_json(const Latency& latency) {
  return {{"median_s", latency.median_s},
          {"mean_s", latency.mean_s},
          {"min_s", latency.min_s},
          {"p90_s", latency.p90_s},
          {"ci95_s", {latency.ci95_s.low, latency.ci95_s.high}},
          {"samples_s", latency.samples_s},
          {"warmup_runs", latency.warmup_runs},
          {"verdict", latency.verdict},
          {"relative_ci", latency.relative_ci},
          {"stop_reason", latency.stop_reason},
          {"slowdown", or_null(latency.slowdown)},
          {"sentinel_reference_s", yardstick_json(latency.yardstick)},
          {"raw", raw_json(latency.raw)}};
}

std::vector<RawRun> read_raw(const nlohmann::ordered_json& json) {
  std::vector<RawRun> out;
  for (std::size_t i = 0; i < json.at("times_s").size(); ++i) {
    out.push_back({.time_s = json.at("times_s").at(i),
                   .waited_share = json.at("waited_shares").at(i),
                   .slowdown = json.at("slowdowns").at(i),
                   .calm = json.at("calm").at(i),
                   .sample_s = json.at("samples_s").at(i)});
  }
  return out;
}

template <typename T>
std::optional<T> read_optional(const nlohmann::ordered_json& json, const char* key) {
  if (!json.contains(key) || json.at(key).is_null()) return std::nullopt;
  return json.at(key).get<T>();
}

Latency read_latency(const nlohmann::ordered_json& json) {
  const auto& interval = json.at("ci95_s");
  return {
      .samples_s = json.at("samples_s").get<std::vector<double>>(),
      .warmup_runs = json.at("warmup_runs"),
      .median_s = json.at("median_s"),
      .mean_s = json.at("mean_s"),
      .min_s = json.at("min_s"),
      .p90_s = json.at("p90_s"),
      .ci95_s = {interval.at(0), interval.at(1)},
      .verdict = json.at("verdict"),
      .relative_ci = json.at("relative_ci"),
      .stop_reason = json.at("stop_reason"),
      .raw = read_raw(json.at("raw")),
      .slowdown = read_optional<double>(json, "slowdown"),
      .yardstick = read_yardstick(json.value("sentinel_reference_s", nlohmann::ordered_json()))};
}

nlohmann::ordered_json memory_json(const Memory& memory) {
  nlohmann::ordered_json out = {{"weight_bytes", memory.weight_bytes},
                                {"peak_bytes", or_null(memory.peak_bytes)}};
  if (memory.resident_peak_bytes) out["resident_peak_bytes"] = *memory.resident_peak_bytes;
  if (memory.liveness_peak_bytes) out["liveness_peak_bytes"] = *memory.liveness_peak_bytes;
  return out;
}

Memory read_memory(const nlohmann::ordered_json& json) {
  return {.weight_bytes = json.at("weight_bytes"),
          .peak_bytes = read_optional<std::int64_t>(json, "peak_bytes"),
          .resident_peak_bytes = read_optional<std::int64_t>(json, "resident_peak_bytes"),
          .liveness_peak_bytes = read_optional<std::int64_t>(json, "liveness_peak_bytes")};
}

}  // namespace

nlohmann::ordered_json profile_json(const Profile& profile) {
  nlohmann::ordered_json out = {{"latency", latency_json(profile.latency)},
                                {"memory", memory_json(profile.memory)},
                                {"hardware", profile.hardware},
                                {"protocol", profile.protocol}};
  if (profile.extras.is_object() && !profile.extras.empty()) out["extras"] = profile.extras;
  if (profile.cached) out["cached"] = true;
  return out;
}

Profile read_profile(const nlohmann::ordered_json& json) {
  return {.latency = read_latency(json.at("latency")),
          .memory = read_memory(json.at("memory")),
          .extras = json.value("extras", nlohmann::ordered_json()),
          .hardware = json.at("hardware"),
          .protocol = json.at("protocol"),
          .cached = json.value("cached", false)};
}

}  // namespace lts::predictor

#include "predictor/sentinel.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "core/statistics.h"
#include "space/family.h"

namespace lts::predictor {
namespace {

constexpr double kBlockSeconds = 0.008;  // of one model, between two blocks of a candidate
constexpr int kMinRuns = 3, kMaxRuns = 32;
constexpr int kYardstickBlocks = 20;
constexpr double kYardstickSeconds = 0.5;
constexpr int kMinYardstickBlocks = 5;
constexpr double kFaster = 0.8;  // of a kept yardstick: the device was busy when it was taken
constexpr std::size_t kRecent = 25;

double surely(double slower) {
  const double d = std::log(slower), unsure = std::log(1 + Sentinel::kStill);
  return std::exp(d * d * d / (d * d + unsure * unsure));
}

double median_of(const std::deque<Slowdown>& slowdowns, double Slowdown::*part) {
  std::vector<double> values;
  for (const Slowdown& slowdown : slowdowns) values.push_back(slowdown.*part);
  return median(values);
}

}  // namespace

Slowdown sure(const Slowdown& slowdown) {
  return {.compute = surely(slowdown.compute), .memory = surely(slowdown.memory)};
}

SentinelArchitectures sentinel_architectures(const HardwareConfig& config) {
  const auto gpt2 = [&](std::int32_t n_layer, std::int32_t d_model, std::int32_t d_inner,
                        std::int32_t n_head, std::int32_t vocab_size) {
    return space::Architecture(space::family_named("gpt2"),
                               {n_layer, d_model, d_inner, n_head, vocab_size,
                                static_cast<std::int32_t>(config.positions())});
  };
  // 0.5 MB of weights; 26 MB of them in the head.
  return {.compute = gpt2(1, 128, 256, 2, 128), .memory = gpt2(1, 64, 64, 1, 100'000)};
}

/// The first run finds the caches filled by others and does not count.
double Sentinel::block_s(LoadedModel& model, int& runs) {
  if (runs == 0) {
    const double run_s = stopwatch_.time(model, 2).net_s.back();
    runs = static_cast<int>(
        std::clamp<double>(kBlockSeconds / run_s, kMinRuns, kMaxRuns));  // also for a run of 0 s
  }
  const Block block = stopwatch_.time(model, runs + 1);
  return median(std::span(block.net_s).subspan(1));
}

Yardstick Sentinel::block() {
  Yardstick out{.compute_s = block_s(*models_.compute, compute_runs_)};
  out.memory_s = block_s(*models_.memory, memory_runs_);
  return out;
}

void Sentinel::settle_yardstick() {
  std::vector<double> compute_s, memory_s;
  double spent_s = 0;
  for (int i = 0; i < kYardstickBlocks; ++i) {
    if (i >= kMinYardstickBlocks && spent_s >= kYardstickSeconds) break;
    const Yardstick now = block();
    compute_s.push_back(now.compute_s);
    memory_s.push_back(now.memory_s);
    spent_s += compute_runs_ * now.compute_s + memory_runs_ * now.memory_s;
  }
  memory_weight_bytes_ = models_.memory->memory().weight_bytes;
  const Yardstick found = {quantile(compute_s, 0.25), quantile(memory_s, 0.25)};
  const bool was_busy = kept_ && (found.compute_s < kFaster * kept_->compute_s ||
                                  found.memory_s < kFaster * kept_->memory_s);
  yardstick_ = kept_ && !was_busy ? *kept_ : found;
}

Slowdown Sentinel::slowdown() {
  if (yardstick_.compute_s == 0) settle_yardstick();
  const Yardstick now = block();
  recent_.push_back({.compute = now.compute_s / yardstick_.compute_s,
                     .memory = now.memory_s / yardstick_.memory_s});
  if (recent_.size() > kRecent) recent_.pop_front();
  return recent_.back();
}

std::optional<Slowdown> Sentinel::usual() const {
  if (recent_.size() < kRecent) return std::nullopt;
  return Slowdown{.compute = median_of(recent_, &Slowdown::compute),
                  .memory = median_of(recent_, &Slowdown::memory)};
}

double Sentinel::calm_time_s(double time_s, const Slowdown& slowdown,
                             std::int64_t weight_bytes) const {
  const double streaming_s = yardstick_.memory_s * static_cast<double>(weight_bytes) /
                             static_cast<double>(std::max<std::int64_t>(1, memory_weight_bytes_));
  const double computing_s = time_s - streaming_s * slowdown.memory;
  if (computing_s <= 0) return time_s / slowdown.memory;  // nothing but streaming
  return computing_s / slowdown.compute + streaming_s;
}

}  // namespace lts::predictor

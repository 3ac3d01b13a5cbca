#include "predictor/measuring_loop.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <tuple>

#include "core/interrupt.h"
#include "predictor/device.h"
#include "predictor/sentinel.h"

namespace lts::predictor {
namespace {

constexpr int kMaxWarmups = 10;
constexpr double kStable = 0.05;       // two runs within 5 % of each other: warm
constexpr double kWarmupShare = 0.33;  // of max_seconds
constexpr double kBlockSeconds = 0.2;  // of a candidate between two looks at the sentinel
constexpr int kMaxBlockRuns = 16;
constexpr std::int64_t kMaxRepeats = 10;  // times max_runs, where max_seconds allows that many
constexpr const char* kNothingLost = "the measurement under way was dropped";

/// One sample has an interval of no width, which says nothing.
bool narrow_enough(const std::vector<double>& samples_s, double relative_ci) {
  if (samples_s.size() < 2) return false;
  const double half = bootstrap_median_interval(samples_s).half_width();
  return half <= relative_ci * median(samples_s);
}

class Loop {
 public:
  Loop(const Subject& subject, const StopRule& rule, double begun_s)
      : subject_(subject), rule_(rule), begun_s_(begun_s) {}

  Latency go() {
    warm_up();
    weight_bytes_ = subject_.candidate.memory().weight_bytes;
    slowdown_ = look_at_sentinel();
    while (out_.stop_reason.empty()) {
      one_block();
      out_.stop_reason = reason_to_stop();
    }
    summarise();
    return std::move(out_);
  }

 private:
  Slowdown look_at_sentinel() {
    return subject_.sentinel ? subject_.sentinel->slowdown() : Slowdown{};
  }

  double calm_time_s(double time_s, const Slowdown& slowdown) const {
    if (!subject_.sentinel) return time_s;
    return subject_.sentinel->calm_time_s(time_s, slowdown, weight_bytes_);
  }

  /// Of this candidate, which the parts of the sentinel's slow down by their share of its time.
  double own_slowdown(double time_s, const Slowdown& slowdown) const {
    return time_s / calm_time_s(time_s, slowdown);
  }

  double timed_run() {
    throw_if_interrupted(kNothingLost);
    return subject_.stopwatch.time(subject_.candidate, 1).net_s.front();
  }

  /// Runs until two successive times agree (caches filled, clocks up), or the next run would end
  /// after the warm-up's share of the time.
  void warm_up() {
    const double deadline_s = begun_s_ + kWarmupShare * rule_.max_seconds;
    run_s_ = timed_run();
    out_.warmup_runs = 1;
    while (out_.warmup_runs < kMaxWarmups && now_s() + run_s_ <= deadline_s) {
      const double time_s = timed_run();
      ++out_.warmup_runs;
      const bool stable = std::abs(time_s - run_s_) <= kStable * std::min(time_s, run_s_);
      run_s_ = time_s;
      if (stable) break;
    }
  }

  /// Runs until the next look at the sentinel: none of them may be one too many.
  int block_runs() const {
    if (!subject_.sentinel) return 1;
    double runs = std::min<double>(kMaxBlockRuns, kBlockSeconds / run_s_);
    const double left_s = begun_s_ + rule_.max_seconds - now_s();
    const auto needed = static_cast<double>(rule_.min_runs) - static_cast<double>(out_.raw.size());
    if (needed > 0) {
      runs = std::min(runs, needed);
    } else {
      runs = std::min({runs, left_s / run_s_, static_cast<double>(rule_.max_runs - num_calm())});
    }
    return std::max(1, static_cast<int>(runs));
  }

  void one_block() {
    throw_if_interrupted(kNothingLost);
    const Block block = subject_.stopwatch.time(subject_.candidate, block_runs());
    const Slowdown before = slowdown_;
    slowdown_ = look_at_sentinel();
    const Slowdown around = {.compute = (before.compute + slowdown_.compute) / 2,
                             .memory = (before.memory + slowdown_.memory) / 2};
    const bool calm = !block.disturbed() && stood_still(median(block.net_s), before, around);
    for (std::size_t i = 0; i < block.times_s.size(); ++i) {
      out_.raw.push_back({.time_s = block.times_s[i],
                          .waited_share = block.waited_share,
                          .slowdown = own_slowdown(block.net_s[i], around),
                          .calm = calm,
                          .sample_s = calm_time_s(block.net_s[i], sure(around))});
    }
    run_s_ = median(block.times_s);
  }

  /// Within kStill before and after, and around the runs as on the calm device or as usual of late.
  bool stood_still(double time_s, const Slowdown& before, const Slowdown& around) const {
    if (!subject_.sentinel) return true;
    const double first = own_slowdown(time_s, before), last = own_slowdown(time_s, slowdown_),
                 here = own_slowdown(time_s, around);
    if (std::abs(last - first) > Sentinel::kStill * std::min(first, last)) return false;
    if (std::abs(here - 1) <= Sentinel::kStill) return true;
    const auto usual = subject_.sentinel->usual();
    return usual && std::abs(here / own_slowdown(time_s, *usual) - 1) <= Sentinel::kStill;
  }

  std::int64_t num_calm() const { return std::ranges::count(out_.raw, true, &RawRun::calm); }

  /// The calm runs; where they are too few, the least disturbed half of all. In order.
  std::vector<RawRun> runs_that_count() const {
    std::vector<RawRun> runs;
    if (num_calm() >= rule_.min_runs) {
      std::ranges::copy_if(out_.raw, std::back_inserter(runs), &RawRun::calm);
      return runs;
    }
    std::vector<std::size_t> order(out_.raw.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) {
      const RawRun& run = out_.raw[i];
      return std::tuple(!run.calm, run.slowdown * (1 + run.waited_share));
    });
    const auto half = static_cast<std::size_t>(
        std::clamp<std::int64_t>(std::ssize(order) / 2, rule_.min_runs, rule_.max_runs));
    order.resize(std::min(order.size(), half));
    std::ranges::sort(order);
    for (const std::size_t i : order) runs.push_back(out_.raw[i]);
    return runs;
  }

  static std::vector<double> samples_of(const std::vector<RawRun>& runs) {
    std::vector<double> out;
    for (const RawRun& run : runs) out.push_back(run.sample_s);
    return out;
  }

  std::string reason_to_stop() const {
    if (std::ssize(out_.raw) < rule_.min_runs) return "";
    const bool enough_calm = num_calm() >= rule_.min_runs;
    if (enough_calm && narrow_enough(samples_of(runs_that_count()), rule_.relative_ci)) {
      return "relative_ci";
    }
    if (num_calm() >= rule_.max_runs || std::ssize(out_.raw) >= kMaxRepeats * rule_.max_runs) {
      return "max_runs";
    }
    const double typical_s = median(samples_of(out_.raw));
    if (now_s() + typical_s > begun_s_ + rule_.max_seconds) return "max_seconds";
    return "";
  }

  void summarise() {
    const std::vector<RawRun> runs = runs_that_count();
    out_.samples_s = samples_of(runs);
    out_.median_s = median(out_.samples_s);
    out_.mean_s = mean(out_.samples_s);
    out_.min_s = *std::ranges::min_element(out_.samples_s);
    out_.p90_s = quantile(out_.samples_s, 0.9);
    out_.ci95_s = bootstrap_median_interval(out_.samples_s);
    out_.relative_ci = out_.ci95_s.half_width() / out_.median_s;
    bool clean = num_calm() >= rule_.min_runs && narrow_enough(out_.samples_s, rule_.relative_ci);
    if (subject_.sentinel) {
      std::vector<double> slowdowns;
      for (const RawRun& run : runs) slowdowns.push_back(run.slowdown);
      out_.yardstick = subject_.sentinel->yardstick();
      out_.slowdown = median(slowdowns);
      clean &= std::abs(*out_.slowdown - 1) <= Sentinel::kStill;
    }
    out_.verdict = clean ? "clean" : "noisy";
  }

  double now_s() const { return subject_.stopwatch.now_s(); }

  const Subject& subject_;
  const StopRule& rule_;
  const double begun_s_;
  Latency out_;
  Slowdown slowdown_{};  ///< when the sentinel was last looked at
  double run_s_ = 0;     ///< what a run takes, about
  std::int64_t weight_bytes_ = 0;
};

}  // namespace

Latency measure_latency(const Subject& subject, const StopRule& rule, double begun_s) {
  return Loop(subject, rule, begun_s).go();
}

}  // namespace lts::predictor

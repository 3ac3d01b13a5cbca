#include "predictor/device_profiler.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>

#include "core/interrupt.h"
#include "core/log.h"
#include "core/text.h"
#include "predictor/alone.h"

namespace lts::predictor {
namespace {

constexpr std::size_t kFailuresInARow = 5;
constexpr int kLossesOfOneCandidate = 3;
constexpr double kFirstRetry_s = 1, kLongestRetry_s = 30;
constexpr const char* kNothingLost = "the candidate that waits for its device is not measured";

void sleep_interruptibly(double seconds, const std::stop_token& stop) {
  constexpr double kStep_s = 0.1;
  const double end_s = steady_now_s() + seconds;
  for (double left_s = seconds; left_s > 0 && !interrupted() && !stop.stop_requested();
       left_s = end_s - steady_now_s()) {
    std::this_thread::sleep_for(std::chrono::duration<double>(std::min(left_s, kStep_s)));
  }
}

std::string hours_and_minutes() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[8];
  std::strftime(text, sizeof text, "%H:%M", &local);
  return text;
}

}  // namespace

Clock system_clock(std::stop_token stop) {
  return {steady_now_s, [stop](double seconds) { sleep_interruptibly(seconds, stop); },
          hours_and_minutes};
}

DeviceProfiler::DeviceProfiler(std::unique_ptr<Device> device, Clock clock, std::stop_token stop,
                               Yardsticks yardsticks)
    : device_(std::move(device)),
      clock_(std::move(clock)),
      stop_(std::move(stop)),
      yardsticks_(std::move(yardsticks)) {}

Profile DeviceProfiler::profile(const space::Architecture& architecture) {
  return profile(architecture, Patience::kWait);
}

Profile DeviceProfiler::profile_unless_lost(const space::Architecture& architecture) {
  return profile(architecture, Patience::kReturnAtOnce);
}

/// A candidate that has taken the device down so often has failed itself.
void DeviceProfiler::after_loss(const space::Architecture& architecture, int losses,
                                const DeviceLost& loss, Patience patience) {
  come_back(loss, patience);
  if (losses < kLossesOfOneCandidate) return;
  fail(architecture,
       runtime_error(space::summary(architecture), "the device was lost " + std::to_string(losses) +
                                                       " times while it ran: " + loss.what()));
}

void DeviceProfiler::come_back(const DeviceLost& loss, Patience patience) {
  if (patience == Patience::kWait) return wait_for_device(loss);
  throw_if_interrupted(kNothingLost);
  try_to_return();
}

Profile DeviceProfiler::profile(const space::Architecture& architecture, Patience patience) {
  require_positions(config(), architecture);
  for (int losses = 1;; ++losses) {
    try {
      device_->rest();
      Profile out = measure(architecture);
      failures_.clear();
      return out;
    } catch (const DeviceLost& loss) {
      after_loss(architecture, losses, loss, patience);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kStopped) throw;
      if (!sentinel_fails()) fail(architecture, error);
      after_loss(architecture, losses,
                 DeviceLost(config().name + ": the sentinel fails too: " + error.what()), patience);
    }
  }
}

nlohmann::ordered_json DeviceProfiler::fingerprint() {
  while (true) {
    try {
      return device_->fingerprint();
    } catch (const DeviceLost& loss) {
      wait_for_device(loss);
    }
  }
}

Profile DeviceProfiler::measure(const space::Architecture& architecture) {
  const Alone alone(config());
  Sentinel* const sentinel = ready_sentinel();
  const nlohmann::ordered_json before = device_->state();
  const double begun_s = clock_.now_s();
  const std::unique_ptr<LoadedModel> model = device_->load(architecture);
  const Subject subject = {.candidate = *model, .sentinel = sentinel, .stopwatch = stopwatch()};
  Profile out;
  out.latency = measure_latency(subject, config().stop, begun_s);
  out.memory = model->memory();
  out.extras = model->extras();
  out.hardware = device_->fingerprint();
  out.protocol = hardware_json(config());
  const nlohmann::ordered_json after = device_->state();
  if (after != before) {
    out.latency.verdict = "noisy";
    out.extras["state_before"] = before;
    out.extras["state_after"] = after;
  }
  return out;
}

Stopwatch DeviceProfiler::stopwatch() {
  return {.now_s = clock_.now_s,
          .waited_s = [this] { return device_->waited_s(); },
          .one_thread = config().threads == 1};
}

Sentinel* DeviceProfiler::ready_sentinel() {
  if (!config().sentinel) return nullptr;
  if (!sentinel_) {
    first_sentinel();
  } else if (!sentinel_->loaded()) {
    sentinel_->replace(load_sentinel());
  }
  return &*sentinel_;
}

SentinelModels DeviceProfiler::load_sentinel() {
  const auto [compute, memory] = sentinel_architectures(config());
  SentinelModels models{.compute = device_->load_sentinel(compute), .memory = nullptr};
  models.memory = device_->load_sentinel(memory);
  return models;
}

/// Loads it, and runs it to settle the yardstick. A sentinel that cannot run although the device is
/// there would have the run wait in vain.
void DeviceProfiler::first_sentinel() {
  try {
    const auto fingerprint = device_->fingerprint();
    const auto kept = yardsticks_.find(config(), fingerprint);
    Sentinel sentinel(load_sentinel(), stopwatch(), kept);
    sentinel.slowdown();
    if (kept != sentinel.yardstick()) yardsticks_.keep(config(), fingerprint, sentinel.yardstick());
    sentinel_.emplace(std::move(sentinel));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kStopped) throw;
    throw Error(ErrorKind::kStopped, config().name + ": the sentinel cannot run on this device: " +
                                         error.what() + "; sentinel: false measures without it");
  }
}

bool DeviceProfiler::sentinel_fails() {
  if (!config().sentinel) return false;
  const Alone alone(config());
  try {
    ready_sentinel()->slowdown();
    return false;
  } catch (const Error&) {
    return true;
  }
}

/// Connected, and the sentinel runs.
void DeviceProfiler::try_to_return() {
  const Alone alone(config());
  if (sentinel_) sentinel_->unload();
  device_->reopen();
  try {
    if (Sentinel* const sentinel = ready_sentinel()) sentinel->slowdown();
  } catch (const DeviceLost&) {
    throw;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kStopped) throw;
    throw DeviceLost(config().name + ": the sentinel fails: " + error.what());
  }
}

void DeviceProfiler::wait_for_device(const DeviceLost& loss) {
  const std::string since = clock_.time_of_day();
  const double lost_s = clock_.now_s();
  std::string reason = loss.what();
  log::warning(config().name + ": device lost since " + since + ", retrying: " + reason);
  for (double pause_s = kFirstRetry_s;; pause_s = std::min(2 * pause_s, kLongestRetry_s)) {
    throw_if_interrupted(kNothingLost);
    if (stop_.stop_requested())
      throw Error(ErrorKind::kStopped, config().name + ": " + kNothingLost);
    try {
      try_to_return();
      log::info(config().name + ": device is back after " +
                human_duration(clock_.now_s() - lost_s));
      return;
    } catch (const DeviceLost& still) {
      reason = still.what();
    }
    const double left_s = lost_s + config().device_wait_s - clock_.now_s();
    if (left_s <= 0) break;
    clock_.sleep_s(std::min(pause_s, left_s));
  }
  throw Error(ErrorKind::kStopped, config().name + ": device lost since " + since +
                                       " and not back within device_wait_s " +
                                       short_number(config().device_wait_s) + ": " + reason);
}

void DeviceProfiler::fail(const space::Architecture& architecture, const Error& error) {
  note_failure(architecture, error);
  throw error;
}

void DeviceProfiler::note_failure(const space::Architecture& architecture, const Error& error) {
  std::erase_if(failures_, [&](const auto& failure) { return failure.first == architecture; });
  failures_.emplace_back(architecture, error.what());
  if (failures_.size() < kFailuresInARow) return;
  std::vector<std::string> reasons;
  for (const auto& [failed, reason] : failures_) reasons.push_back(reason);
  failures_.clear();
  throw Error(ErrorKind::kStopped, config().name + ": " + std::to_string(reasons.size()) +
                                       " candidates failed in a row: " + join(reasons, "; "));
}

}  // namespace lts::predictor

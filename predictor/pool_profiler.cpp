#include "predictor/pool_profiler.h"

#include <algorithm>

#include "core/error.h"
#include "core/interrupt.h"
#include "core/log.h"

namespace lts::predictor {
namespace {

using space::Architecture;

std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& what) {
    return what.what();
  }
}

}  // namespace

PoolProfiler::PoolProfiler(std::vector<std::shared_ptr<Profiler>> devices, std::stop_source stop)
    : devices_(std::move(devices)), stop_(std::move(stop)), working_(devices_.size()) {
  LTS_ASSERT(!devices_.empty());
  fingerprint_ = devices_.front()->fingerprint();
  for (const auto& device : devices_) {
    workers_.emplace_back([this, &profiler = *device] { work(profiler); });
  }
}

PoolProfiler::~PoolProfiler() {
  stop_.request_stop();
  const std::lock_guard lock(mutex_);
  closing_ = true;
  queue_.clear();
  changed_.notify_all();
}

void PoolProfiler::announce(std::span<const Architecture> architectures) {
  const std::lock_guard lock(mutex_);
  queue_.clear();
  for (const Architecture& architecture : architectures) {
    if (!known(architecture)) queue_.push_back(architecture);
  }
  changed_.notify_all();
}

Profile PoolProfiler::profile(const Architecture& architecture) {
  std::unique_lock lock(mutex_);
  if (!known(architecture)) {
    queue_.push_front(architecture);
    changed_.notify_all();
  }
  changed_.wait(lock, [&] { return results_.contains(architecture) || end_; });
  if (!results_.contains(architecture)) std::rethrow_exception(end_);
  const Result result = std::move(results_.extract(architecture).mapped());
  if (const auto* error = std::get_if<std::exception_ptr>(&result)) std::rethrow_exception(*error);
  return std::get<Profile>(result);
}

bool PoolProfiler::known(const Architecture& architecture) const {
  return results_.contains(architecture) || under_way_.contains(architecture) ||
         std::ranges::find(queue_, architecture) != queue_.end();
}

void PoolProfiler::work(Profiler& device) {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return closing_ || !queue_.empty(); });
    if (closing_) return;
    const Architecture architecture = queue_.front();
    queue_.pop_front();
    under_way_.insert(architecture);
    const bool may_hand_over = working_ > 1 && !handed_over_.contains(architecture);
    lock.unlock();
    Attempt made = attempt(device, architecture, may_hand_over);
    lock.lock();
    under_way_.erase(architecture);
    if (made.loss) handed_over_.insert(architecture);
    if (made.result) {
      results_.insert_or_assign(architecture, *std::move(made.result));
      handed_over_.erase(architecture);
    } else {
      queue_.push_front(architecture);
    }
    changed_.notify_all();
    if (made.loss && !closing_) {
      lock.unlock();
      wait_for_return(device, made);
      lock.lock();
    }
    if (made.gone) return leave(made.gone);
  }
}

PoolProfiler::Attempt PoolProfiler::attempt(Profiler& device, const Architecture& architecture,
                                            bool may_hand_over) {
  try {
    if (may_hand_over) return {.result = device.profile_unless_lost(architecture)};
    return {.result = device.profile(architecture)};
  } catch (const DeviceLost& loss) {
    log::warning(std::string(loss.what()) + "; another device takes its candidate");
    return {.loss = loss};
  } catch (const Error& error) {
    const bool gone = error.kind() == ErrorKind::kStopped && !interrupted();
    if (gone) return {.gone = std::current_exception()};
    return {.result = std::current_exception()};
  } catch (...) {
    return {.result = std::current_exception()};
  }
}

/// Without the lock: the others go on.
void PoolProfiler::wait_for_return(Profiler& device, Attempt& attempt) {
  try {
    device.wait_for_return(*attempt.loss);
  } catch (...) {
    attempt.gone = std::current_exception();
  }
}

/// With the lock held. The last one tells all who wait.
void PoolProfiler::leave(std::exception_ptr why) {
  if (!closing_ && !interrupted()) log::warning("going on without this device: " + message_of(why));
  if (--working_ == 0) end_ = std::move(why);
  changed_.notify_all();
}

}  // namespace lts::predictor

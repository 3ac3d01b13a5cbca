#include "predictor/pool_profiler.h"

#include <algorithm>

#include "core/error.h"
#include "core/interrupt.h"
#include "core/log.h"

namespace lts::predictor {

using space::Architecture;

PoolProfiler::PoolProfiler(std::vector<std::shared_ptr<Profiler>> devices)
    : devices_(std::move(devices)), working_(devices_.size()) {
  LTS_ASSERT(!devices_.empty());
  fingerprint_ = devices_.front()->fingerprint();
  for (const auto& device : devices_) {
    workers_.emplace_back([this, &profiler = *device] { work(profiler); });
  }
}

PoolProfiler::~PoolProfiler() {
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
  changed_.wait(lock, [&] { return results_.contains(architecture); });
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
    lock.unlock();
    bool gone = false;
    Result result = measure(device, architecture, gone);
    lock.lock();
    under_way_.erase(architecture);
    const bool others = working_ > 1;
    if (gone && others) {
      queue_.push_front(architecture);
    } else {
      results_.insert_or_assign(architecture, std::move(result));
    }
    changed_.notify_all();
    if (gone && others) {
      --working_;
      return;
    }
  }
}

/// `gone`: the device will not be back in this run.
PoolProfiler::Result PoolProfiler::measure(Profiler& device, const Architecture& architecture,
                                           bool& gone) {
  try {
    return device.profile(architecture);
  } catch (const Error& error) {
    gone = error.kind() == ErrorKind::kStopped && !interrupted();
    if (gone) log::warning(std::string("going on without this device: ") + error.what());
    return std::current_exception();
  } catch (...) {
    return std::current_exception();
  }
}

}  // namespace lts::predictor

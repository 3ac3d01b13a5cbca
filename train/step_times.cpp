#include "train/step_times.h"

#include <algorithm>
#include <span>

#include "core/statistics.h"

namespace lts::train {

namespace {

constexpr std::size_t kWarmupSteps = 2;
constexpr std::size_t kMaxTimes = 10'000;  // the newest so many: a median of them is as good

}  // namespace

void StepTimes::add(double step_s, double data_s, double comm_s) {
  times_s_.push_back(step_s);
  total_s_ += step_s;
  data_s_ += data_s;
  comm_s_ += comm_s;
  if (times_s_.size() > 2 * kMaxTimes) times_s_.erase(times_s_.begin(), times_s_.end() - kMaxTimes);
}

double StepTimes::median_s() const {
  if (times_s_.empty()) return 0;
  const auto all = std::span(times_s_);
  return median(all.size() > kWarmupSteps ? all.subspan(kWarmupSteps) : all);
}

double StepTimes::tokens_per_s() const {
  const double step_s = median_s();
  return step_s > 0 ? static_cast<double>(tokens_per_step_) / step_s : 0;
}

double StepTimes::data_wait_fraction() const { return total_s_ > 0 ? data_s_ / total_s_ : 0; }

double StepTimes::comm_wait_fraction() const { return total_s_ > 0 ? comm_s_ / total_s_ : 0; }

}  // namespace lts::train

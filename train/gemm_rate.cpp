#include "train/gemm_rate.h"

#include <ATen/Context.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "core/seconds_since.h"
#include "core/turn.h"

namespace lts::train {

// N rows and columns.

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array<std::int64_t, 3> kSizes = {1024, 2048, 4096};
constexpr double kBudget_s = 0.25;
constexpr double kShare_s = 0.08;  // of the budget, for one size
constexpr int kLeastRuns = 3;      // of a size, the first to warm up
constexpr int kCudaBatch = 20;     // multiplications a run: a synchronisation takes time too

void synchronize(torch::Device device) {
  if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

int multiplications(torch::Device device) { return device.is_cuda() ? kCudaBatch : 1; }

double operations_of_run(std::int64_t size, torch::Device device) {
  const auto n = static_cast<double>(size);
  return multiplications(device) * 2 * n * n * n;
}

/// Runs of multiplications of one size.
class Squares {
 public:
  Squares(std::int64_t size, torch::Device device, torch::Dtype dtype)
      : device_(device), size_(size) {
    // A copy: the generator that training draws from stays where it is. Constant matrices would
    // flatter a GPU, which draws less power for them.
    auto generator = at::globalContext().defaultGenerator(device).clone();
    const auto options = torch::TensorOptions().device(device);
    a_NN_ = at::rand({size, size}, generator, options).sub_(0.5).to(dtype);
    b_NN_ = at::rand({size, size}, generator, options).sub_(0.5).to(dtype);
    out_NN_ = torch::empty_like(a_NN_);
  }

  double operations_per_s() {
    synchronize(device_);
    const auto start = Clock::now();
    for (int i = 0; i < multiplications(device_); ++i) at::mm_out(out_NN_, a_NN_, b_NN_);
    synchronize(device_);
    return operations_of_run(size_, device_) / seconds_since(start);
  }

 private:
  torch::Device device_;
  std::int64_t size_;
  torch::Tensor a_NN_, b_NN_, out_NN_;
};

double best_of_size(std::int64_t size, torch::Device device, torch::Dtype dtype) {
  Squares squares(size, device, dtype);
  squares.operations_per_s();  // warms up
  const auto start = Clock::now();
  double best = 0;
  for (int runs = 1; runs < kLeastRuns || seconds_since(start) < kShare_s; ++runs)
    best = std::max(best, squares.operations_per_s());
  return best;
}

double measure(torch::Device device, torch::Dtype dtype) {
  const torch::NoGradGuard no_grad;
  const auto start = Clock::now();
  double best = 0;
  for (const std::int64_t size : kSizes) {
    const double left_s = kBudget_s - seconds_since(start);
    if (best > 0 && kLeastRuns * operations_of_run(size, device) > best * left_s) break;
    best = std::max(best, best_of_size(size, device, dtype));
  }
  return best;
}

double measure(torch::Device device, Precision precision) {
  return measure(device, precision == Precision::kBfloat16 ? torch::kBFloat16 : torch::kFloat32);
}

}  // namespace

double gemm_flops_per_s(torch::Device device, Precision precision) {
  static std::mutex mutex;
  static std::map<std::tuple<std::string, Precision, int>, double> measured;
  const std::lock_guard lock(mutex);
  double& rate = measured[{device.str(), precision, at::get_num_threads()}];
  if (rate == 0) rate = measure(device, precision);
  return rate;
}

double gemm_flops_per_s(torch::Device device, Precision precision, Ranks& ranks) {
  std::optional<WorkTurn> turn;  // one rank's, for all of this machine
  if (ranks.is_first() && ranks.are_on_one_host()) {
    ranks.enter(Phase::kTurn);
    turn.emplace();
  }
  ranks.enter(Phase::kStarting);
  ranks.any(false);  // none begins before the turn
  return ranks.sum({measure(device, precision)})[0];
}

GemmRate::GemmRate(std::function<double()> measure)
    : measure_(std::move(measure)), flops_per_s_(measure_()) {}

double GemmRate::fraction(double flops_per_s, Ranks& ranks) {
  if (measured_again_ < kMeasuredAgain && ranks.any(flops_per_s > flops_per_s_)) {
    ++measured_again_;
    flops_per_s_ = std::max(flops_per_s_, measure_());
  }
  return flops_per_s / flops_per_s_;
}

}  // namespace lts::train

#pragma once

#include <cstdint>
#include <vector>

namespace lts::train {

/// How long the steps of this process took. The first two, which warm up, do not count where there
/// are more.
class StepTimes {
 public:
  explicit StepTimes(std::int64_t tokens_per_step) : tokens_per_step_(tokens_per_step) {}

  void add(double step_s, double data_s, double comm_s = 0);

  /// Median time of a step; 0 before the first.
  double median_s() const;
  /// A step's tokens over the median time; 0 before the first.
  double tokens_per_s() const;
  /// Share of the steps' time spent waiting for data; 0 before the first.
  double data_wait_fraction() const;
  /// The same for waiting for other ranks.
  double comm_wait_fraction() const;

 private:
  std::int64_t tokens_per_step_;
  std::vector<double> times_s_;
  double total_s_ = 0, data_s_ = 0, comm_s_ = 0;
};

}  // namespace lts::train

#pragma once

#include <torch/torch.h>

#include <functional>

#include "train/distributed/ranks.h"
#include "train/train_config.h"

namespace lts::train {

/// Floating-point operations a second, 2 per multiply-add, of matrix multiplication on `device` in
/// `precision`, with the LibTorch threads of the calling thread: what a training can at best reach
/// there, whatever its model. The best of several multiplications of square matrices, the largest
/// that a quarter of a second has time for: small ones do not keep a fast machine busy. Measured in
/// the first call of the process for these, and remembered; takes about a third of a second. Leaves
/// LibTorch's generators as they are.
double gemm_flops_per_s(torch::Device device, Precision precision);

/// (all) Measured anew, of all ranks together, each on its own `device`, at once: those of one
/// machine share its cores as they do in a step. As a step, waits while another process of lts
/// measures. The ranks are then in Phase::kStarting.
double gemm_flops_per_s(torch::Device device, Precision precision, Ranks& ranks);

/// The rate that a training's steps are held against. One that steps exceed was measured while
/// something else had the machine.
class GemmRate {
 public:
  static constexpr int kMeasuredAgain = 3;  ///< at most

  /// (all) `measure` gives the rate of all ranks together, operations a second.
  explicit GemmRate(std::function<double()> measure);

  /// (all) The fraction of the rate that steps with so many operations a second reach; where that
  /// is more than 1 on any rank, after measuring again. The highest rate measured counts.
  double fraction(double flops_per_s, Ranks& ranks);
  double flops_per_s() const { return flops_per_s_; }

 private:
  std::function<double()> measure_;
  double flops_per_s_;
  int measured_again_ = 0;
};

}  // namespace lts::train

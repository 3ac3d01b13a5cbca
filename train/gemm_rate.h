#pragma once

#include <torch/torch.h>

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

/// (all) Of all ranks together, each on its own `device`, at once: those of one machine share its
/// cores as they do in a step. As a step, waits while another process of lts measures. The ranks
/// are then in Phase::kStarting.
double gemm_flops_per_s(torch::Device device, Precision precision, Ranks& ranks);

}  // namespace lts::train

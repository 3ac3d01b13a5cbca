#include <gtest/gtest.h>
#include <torch/torch.h>

#include "train/gemm_rate.h"

namespace lts::train {
namespace {

TEST(GemmRate, IsMeasuredOnceForADeviceAndPrecision) {
  at::set_num_threads(1);
  const double rate = gemm_flops_per_s(torch::kCPU, Precision::kFloat32);
  EXPECT_GT(rate, 1e6);
  EXPECT_EQ(gemm_flops_per_s(torch::kCPU, Precision::kFloat32), rate);
  EXPECT_NE(gemm_flops_per_s(torch::kCPU, Precision::kBfloat16), rate);
}

TEST(GemmRate, LeavesTheGeneratorWhereItIs) {
  torch::manual_seed(7);
  const auto expected = torch::rand({5});
  torch::manual_seed(7);
  gemm_flops_per_s(torch::kCPU, Precision::kFloat32);
  EXPECT_TRUE(torch::equal(torch::rand({5}), expected));
}

}  // namespace
}  // namespace lts::train

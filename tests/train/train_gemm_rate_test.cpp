#include <gtest/gtest.h>
#include <torch/torch.h>

#include <vector>

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

// The machine shows 100 first, then 50, 200, 100 and 60.
TEST(GemmRate, IsMeasuredAgainWhereStepsExceedIt) {
  std::vector<double> rates = {60, 100, 200, 50, 100};
  GemmRate rate([&] {
    const double next = rates.back();
    rates.pop_back();
    return next;
  });
  EXPECT_DOUBLE_EQ(rate.fraction(80, Ranks::alone()), 0.8);
  EXPECT_DOUBLE_EQ(rate.fraction(400, Ranks::alone()), 4);  // 50 is no better
  EXPECT_DOUBLE_EQ(rate.fraction(400, Ranks::alone()), 2);
  EXPECT_DOUBLE_EQ(rate.flops_per_s(), 200);
  EXPECT_DOUBLE_EQ(rate.fraction(150, Ranks::alone()), 0.75);
  EXPECT_DOUBLE_EQ(rate.fraction(400, Ranks::alone()), 2);
  EXPECT_EQ(rates.size(), 1);
  EXPECT_DOUBLE_EQ(rate.fraction(400, Ranks::alone()), 2);  // not for ever
  EXPECT_EQ(rates.size(), 1);
}

}  // namespace
}  // namespace lts::train

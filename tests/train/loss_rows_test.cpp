#include "train/loss_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <limits>
#include <vector>

namespace lts::train {
namespace {

using space::kernels::available_instruction_sets;
using space::kernels::InstructionSet;

// Widths with and without a rest behind the last whole vector.
constexpr std::int64_t kRows = 5;

struct Expected {
  torch::Tensor gradient_RV, losses_R;
};

// LibTorch's own softmax, in fp64.
Expected expected(const torch::Tensor& logits_RV, const torch::Tensor& targets_R) {
  const auto log_RV = torch::log_softmax(logits_RV.to(torch::kFloat64), 1);
  const auto targets_R1 = targets_R.unsqueeze(1);
  auto gradient_RV = log_RV.exp();
  gradient_RV.scatter_add_(1, targets_R1, torch::full({kRows, 1}, -1.0, torch::kFloat64));
  return {gradient_RV, -log_RV.gather(1, targets_R1).squeeze(1)};
}

struct Made {
  torch::Tensor gradient_RV;
  std::vector<double> losses = std::vector<double>(kRows, 0.0);
};

Made made(InstructionSet set, const torch::Tensor& logits_RV, const torch::Tensor& targets_R) {
  Made out{.gradient_RV = logits_RV.clone()};
  const std::int64_t width = logits_RV.size(1);
  const LossRows rows{targets_R.data_ptr<std::int64_t>(), width, out.losses.data()};
  if (logits_RV.scalar_type() == torch::kFloat32) {
    loss_rows(set, out.gradient_RV.data_ptr<float>(), rows, 0, kRows);
    return out;
  }
  std::vector<float> scratch(static_cast<std::size_t>(width));
  loss_rows(set, static_cast<std::uint16_t*>(out.gradient_RV.data_ptr()), rows, 0, kRows, scratch);
  return out;
}

void expect_as_libtorch(torch::Dtype dtype, double tolerance) {
  torch::manual_seed(4);
  for (const InstructionSet set : available_instruction_sets())
    for (const std::int64_t width : {1, 7, 32, 97, 512, 50257}) {
      const auto logits_RV = (torch::randn({kRows, width}) * 5).to(dtype);
      const auto targets_R = torch::randint(0, width, {kRows}, torch::kInt64);
      const auto right = expected(logits_RV, targets_R);
      const auto out = made(set, logits_RV, targets_R);
      const auto apart = (out.gradient_RV.to(torch::kFloat64) - right.gradient_RV).abs();
      EXPECT_LT(apart.max().item<double>(), tolerance) << width << " " << name_of(set);
      for (std::int64_t r = 0; r < kRows; ++r)
        EXPECT_NEAR(out.losses[static_cast<std::size_t>(r)], right.losses_R[r].item<double>(), 1e-5)
            << width << " " << name_of(set);
    }
}

TEST(LossRows, AreLibtorchsCrossEntropyAndGradient) { expect_as_libtorch(torch::kFloat32, 3e-6); }

TEST(LossRows, AreRoundedOnceInBfloat16) {
  expect_as_libtorch(torch::kBFloat16, 1.0 / 256);  // half a unit in the last place below 1
}

TEST(LossRows, RoundToTheNearestEvenAsLibtorchDoes) {
  torch::manual_seed(5);
  const auto logits_RV = torch::randn({kRows, 96}).to(torch::kBFloat16);
  const auto targets_R = torch::zeros({kRows}, torch::kInt64);
  for (const InstructionSet set : available_instruction_sets()) {
    const auto wide = made(set, logits_RV.to(torch::kFloat32), targets_R);
    const auto low = made(set, logits_RV, targets_R);
    EXPECT_TRUE(torch::equal(wide.gradient_RV.to(torch::kBFloat16), low.gradient_RV));
  }
}

TEST(LossRows, TellWhatIsNotFinite) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const InstructionSet set : available_instruction_sets())
    for (const float bad : {infinity, std::numeric_limits<float>::quiet_NaN()})
      for (const std::int64_t at : {3, 96}) {
        auto logits_RV = torch::zeros({kRows, 97});
        logits_RV[2][at] = bad;
        const auto out = made(set, logits_RV, torch::zeros({kRows}, torch::kInt64));
        EXPECT_FALSE(std::isfinite(out.losses[2])) << bad << " " << name_of(set);
        EXPECT_NEAR(out.losses[1], std::log(97.0), 1e-5);
      }
}

}  // namespace
}  // namespace lts::train

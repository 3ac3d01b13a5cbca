#include "predictor/profilers/allocation_peak.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace lts::predictor {
namespace {

torch::Tensor floats(std::int64_t count) { return torch::empty({count}); }

TEST(AllocationPeak, CountsBytesHeldAtOnce) {
  const AllocationPeak memory(torch::kCPU);
  auto first = floats(1000);  // 4000 bytes
  auto second = floats(500);  // 6000 in all: the peak
  first.reset();              // 2000
  const auto third = floats(100);
  EXPECT_EQ(memory.peak_bytes(), 6000);
  EXPECT_EQ(memory.current_bytes(), 2400);
}

TEST(AllocationPeak, ViewsCostNothing) {
  const AllocationPeak memory(torch::kCPU);
  const auto tensor = floats(100);
  const auto view = tensor.view({10, 10}).transpose(0, 1);
  EXPECT_EQ(memory.peak_bytes(), 400);
}

TEST(AllocationPeak, WhatWasThereBeforeIsNotItsOwn) {
  auto before = floats(1000);
  const AllocationPeak memory(torch::kCPU);
  const auto own = floats(10);
  before.reset();
  EXPECT_EQ(memory.current_bytes(), 40);
  EXPECT_EQ(memory.peak_bytes(), 40);
}

TEST(AllocationPeak, RestartBeginsAtWhatIsHeld) {
  AllocationPeak memory(torch::kCPU);
  auto large = floats(1000);
  const auto kept = floats(10);
  large.reset();
  memory.restart();
  EXPECT_EQ(memory.peak_bytes(), 40);
}

TEST(AllocationPeak, CountsNothingAfterItsLife) {
  auto outer = std::make_unique<AllocationPeak>(torch::kCPU);
  const auto first = floats(10);
  EXPECT_EQ(outer->peak_bytes(), 40);
  outer.reset();
  const AllocationPeak next(torch::kCPU);
  EXPECT_EQ(next.peak_bytes(), 0);
}

TEST(AllocationPeak, OtherDevicesAreNotCounted) {
  const AllocationPeak memory(torch::kCUDA);
  const auto on_the_cpu = floats(1000);
  EXPECT_EQ(memory.peak_bytes(), 0);
}

}  // namespace
}  // namespace lts::predictor

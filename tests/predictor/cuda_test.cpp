// What the CPU cannot show of the path for NVIDIA GPUs. Skipped where there is none.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "predictor/device_profiler.h"
#include "predictor/profilers/forward_pass.h"
#include "predictor/profilers/torch_device.h"
#include "space/weight_buffer.h"
#include "tests/expect_error.h"
#include "tests/space/small_models.h"

namespace lts::predictor {
namespace {

using ::testing::Each;
using ::testing::Gt;
using ::testing::SizeIs;

class Cuda : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "needs an NVIDIA GPU and LibTorch for CUDA";
  }
};

constexpr space::SmallGpt2 kModel = {.n_layer = 3, .d_model = 128, .d_inner = 320, .n_head = 4};

/// The next token's log-probabilities after one run of the protocol.
torch::Tensor log_probabilities(const HardwareConfig& protocol, torch::Device device) {
  const auto dtype = protocol.dtype == "bfloat16" ? torch::kBFloat16 : torch::kFloat32;
  const auto model = space::make_model(space::architecture_of(kModel));
  model->eval();
  space::WeightBuffer weights(dtype, device);
  weights.lend(*model);
  {
    const torch::NoGradGuard no_grad;
    for (auto parameter : model->parameters()) parameter.mul_(8);  // something to tell apart
  }
  const auto inference = space::make_inference(
      model, dtype == torch::kBFloat16 ? space::Precision::kBfloat16 : space::Precision::kFloat32);
  ForwardPass pass(*inference, protocol, device);
  return pass.run().to(torch::kCPU, torch::kFloat32).log();
}

void expect_same_on_both(HardwareConfig protocol, double tolerance) {
  const auto on_cpu = log_probabilities(protocol, torch::kCPU);
  const auto on_gpu = log_probabilities(protocol, torch::kCUDA);
  ASSERT_GT((on_cpu.max() - on_cpu.min()).item<double>(), 1.5);
  EXPECT_LT((on_cpu - on_gpu).abs().max().item<double>(), tolerance)
      << "past " << protocol.past_length << ", new " << protocol.new_tokens;
}

TEST_F(Cuda, ComputesWhatTheCpuComputes) {
  expect_same_on_both({.batch_size = 3, .sequence_length = 7}, 2e-3);
  expect_same_on_both({.batch_size = 2, .sequence_length = 1, .past_length = 5}, 2e-3);
  expect_same_on_both({.sequence_length = 4, .past_length = 6}, 2e-3);
  expect_same_on_both({.sequence_length = 5, .new_tokens = 4}, 2e-3);
  expect_same_on_both({.dtype = "bfloat16", .batch_size = 3, .sequence_length = 7}, 0.3);
}

HardwareConfig quick(const std::string& dtype, std::int64_t past_length = 0) {
  return {.name = "quick",
          .device = "cuda",
          .dtype = dtype,
          .sequence_length = past_length > 0 ? 1 : 8,
          .past_length = past_length,
          .stop = {.relative_ci = 0, .min_runs = 5, .max_runs = 5, .max_seconds = 60}};
}

TEST_F(Cuda, IsMeasuredAsAGraphWithMemoryAndClocks) {
  for (const char* dtype : {"float32", "bfloat16"}) {
    for (const std::int64_t past_length : {0, 20}) {
      DeviceProfiler profiler(make_torch_device(quick(dtype, past_length)));
      const auto architecture = space::architecture_of(kModel);
      for (int again = 0; again < 2; ++again) {
        const Profile profile = profiler.profile(architecture);
        EXPECT_THAT(profile.latency.samples_s, SizeIs(5));
        EXPECT_THAT(profile.latency.samples_s, Each(Gt(1e-6)));
        EXPECT_TRUE(profile.extras.at("cuda_graph").get<bool>()) << profile.extras.dump();
        EXPECT_GT(profile.memory.peak_bytes.value(), profile.memory.weight_bytes);
        EXPECT_FALSE(profile.hardware.at("gpu").at("name").is_null());
        EXPECT_GT(profile.extras.at("gpu").at("sm_clock_hz").get<double>(), 1e8);
      }
    }
  }
}

TEST_F(Cuda, ARunWithoutRoomIsACandidatesFailureAndTheNextOneRuns) {
  HardwareConfig wide = quick("float32");
  wide.batch_size = 1 << 24;  // a residual stream of 69 GB, and three times that beside it
  wide.sentinel = false;
  const auto architecture = space::architecture_of(kModel);
  EXPECT_THAT(
      testing::error_message([&] { DeviceProfiler(make_torch_device(wide)).profile(architecture); },
                             ErrorKind::kRuntime),
      ::testing::HasSubstr("out of memory"));
  DeviceProfiler next(make_torch_device(quick("float32")));
  EXPECT_THAT(next.profile(architecture).latency.samples_s, SizeIs(5));
}

TEST_F(Cuda, RefusesADeviceThatIsNotThere) {
  HardwareConfig config = quick("float32");
  config.device = "cuda:99";
  EXPECT_THAT(testing::error_message([&] { make_torch_device(config); }),
              ::testing::HasSubstr("device cuda:99 is not available: this machine has"));
}

}  // namespace
}  // namespace lts::predictor

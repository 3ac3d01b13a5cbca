#include "predictor/profilers/torch_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/version.h>

#include "core/run_queue.h"
#include "predictor/device_profiler.h"
#include "predictor/profilers/forward_pass.h"
#include "tests/expect_error.h"
#include "tests/space/small_models.h"

namespace lts::predictor {
namespace {

using ::testing::Each;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

/// Short sequences, three runs: enough for everything but the time itself.
HardwareConfig quick() {
  return {.name = "quick",
          .sequence_length = 8,
          .stop = {.relative_ci = 0, .min_runs = 3, .max_runs = 3, .max_seconds = 60},
          .sentinel = false,
          .place = {"quick.yaml", 2, 9},
          .file = "quick.yaml"};
}

Profile profile_of(const HardwareConfig& config, const space::SmallGpt2& small = {}) {
  return DeviceProfiler(make_torch_device(config)).profile(space::architecture_of(small));
}

std::int64_t total_params(const space::SmallGpt2& small) {
  const auto architecture = space::architecture_of(small);
  return architecture.family().counts(architecture).total_params();
}

TEST(TorchDevice, KeepsEverySample) {
  const Latency latency = profile_of(quick()).latency;
  EXPECT_THAT(latency.samples_s, SizeIs(3));
  EXPECT_THAT(latency.samples_s, Each(Gt(0.0)));
  EXPECT_GE(latency.warmup_runs, 1);
  EXPECT_LE(latency.min_s, latency.median_s);
  EXPECT_LE(latency.median_s, latency.p90_s);
}

TEST(TorchDevice, TheSentinelRunsBesideTheCandidate) {
  HardwareConfig config = quick();
  config.sentinel = true;
  config.batch_size = 2;
  config.sequence_length = 1;
  config.past_length = 31;
  const Latency latency = profile_of(config).latency;
  EXPECT_GT(latency.yardstick.value().compute_s, 0);
  EXPECT_GT(latency.yardstick.value().memory_s, 0);
  EXPECT_GT(latency.slowdown.value(), 0);
  EXPECT_GE(latency.raw.size(), 3U);
}

TEST(TorchDevice, TellsHowLongItsThreadsWaited) {
  const auto device = make_torch_device(quick());
  EXPECT_EQ(device->waited_s().has_value(), run_queue_wait_s().has_value());
}

TEST(TorchDevice, CountsTheWeightsInTheMeasuredDtype) {
  HardwareConfig config = quick();
  EXPECT_EQ(profile_of(config).memory.weight_bytes, 4 * total_params({}));
  config.dtype = "bfloat16";
  EXPECT_EQ(profile_of(config).memory.weight_bytes, 2 * total_params({}));
}

// At the widest point of the pass the feed-forward's inner states are held beside the residual
// stream and its norm.
TEST(TorchDevice, PeakIsWeightsAndActivations) {
  const space::SmallGpt2 wide{.n_layer = 1, .d_model = 32, .d_inner = 4096, .n_head = 2};
  HardwareConfig config = quick();
  config.batch_size = 2;
  const Profile profile = profile_of(config, wide);
  const std::int64_t inner_BTF = 2 * 8 * 4096, hidden_BTD = 2 * 8 * 32;
  const std::int64_t activations = profile.memory.peak_bytes.value() - profile.memory.weight_bytes;
  EXPECT_GE(activations, 4 * (inner_BTF + hidden_BTD));
  EXPECT_LE(activations, 4 * (inner_BTF + 10 * hidden_BTD));
}

TEST(TorchDevice, OneDeviceRunsSmallAndLargeInAnyOrder) {
  DeviceProfiler profiler(make_torch_device(quick()));
  const space::SmallGpt2 large{.n_layer = 5, .d_model = 64, .d_inner = 128};
  const auto small_profile = profiler.profile(space::architecture_of({}));
  EXPECT_EQ(profiler.profile(space::architecture_of(large)).memory.weight_bytes,
            4 * total_params(large));
  const auto again = profiler.profile(space::architecture_of({}));
  EXPECT_EQ(again.memory.weight_bytes, small_profile.memory.weight_bytes);
  EXPECT_EQ(again.memory.peak_bytes.value(), small_profile.memory.peak_bytes.value());
}

TEST(TorchDevice, AStepOverAPastCountsItsCache) {
  HardwareConfig config = quick();
  config.sequence_length = 1;
  config.past_length = 31;
  const Profile step = profile_of(config);
  const std::int64_t cache_bytes = 4 * 2 * 3 * 24 * 32;
  EXPECT_GE(step.memory.peak_bytes.value(), step.memory.weight_bytes + cache_bytes);
  EXPECT_EQ(step.protocol["past_length"], 31);
}

TEST(TorchDevice, SaysWhereAndHowItMeasured) {
  HardwareConfig config = quick();
  config.threads = 2;
  const int threads_before = at::get_num_threads();
  const Profile profile = profile_of(config);
  EXPECT_EQ(at::get_num_threads(), threads_before);
  EXPECT_EQ(profile.hardware["threads"], 2);
  EXPECT_EQ(profile.hardware["libtorch"], TORCH_VERSION);
  EXPECT_EQ(profile.hardware["forward_pass"], kForwardPassRevision);
  EXPECT_EQ(profile.hardware["device"], "cpu");
  EXPECT_TRUE(profile.hardware.contains("cpu_model"));
  EXPECT_EQ(profile.protocol, hardware_json(config));
}

/// Widths that fill whole panels of packed weights, as all published ones do.
constexpr space::SmallGpt2 kEven{.n_layer = 2, .d_model = 64, .d_inner = 192, .n_head = 2};

// Two counts that know nothing of each other: LibTorch's allocator's and the closed form.
TEST(TorchDevice, TheLivenessCountIsTheAllocators) {
  struct Protocol {
    std::int64_t batch_size, sequence_length, past_length, new_tokens;
    int threads;
  };
  for (const Protocol& p : {Protocol{1, 8, 0, 0, 1},
                            {3, 20, 0, 0, 1},
                            {1, 30, 0, 0, 2},
                            {1, 1, 25, 0, 1},
                            {2, 5, 20, 0, 1},
                            {1, 8, 0, 12, 1},
                            {2, 2, 0, 30, 1}}) {
    HardwareConfig config = quick();
    config.batch_size = p.batch_size;
    config.sequence_length = p.sequence_length;
    config.past_length = p.past_length;
    config.new_tokens = p.new_tokens;
    config.threads = p.threads;
    for (const std::int32_t vocab_size : {97, 5000}) {
      space::SmallGpt2 small = kEven;
      small.vocab_size = vocab_size;
      const Memory memory = profile_of(config, small).memory;
      EXPECT_EQ(memory.liveness_peak_bytes.value(), memory.peak_bytes.value())
          << p.batch_size << " x " << p.sequence_length << " after " << p.past_length << ", "
          << p.new_tokens << " new, vocabulary " << vocab_size;
    }
  }
}

// A model of 26 MB: large beside what the process itself takes and gives back meanwhile.
TEST(TorchDevice, TheResidentSetRisesByWhatTheAllocatorHolds) {
  const space::SmallGpt2 large{
      .n_layer = 4, .d_model = 128, .d_inner = 768, .n_head = 4, .vocab_size = 44000};
  HardwareConfig config = quick();
  config.sequence_length = 32;
  DeviceProfiler profiler(make_torch_device(config));
  for (int i = 0; i < 2; ++i) {
    const Memory memory = profiler.profile(space::architecture_of(large)).memory;
    if (!memory.resident_peak_bytes) GTEST_SKIP() << "this system does not tell";
    EXPECT_NEAR(static_cast<double>(*memory.resident_peak_bytes) /
                    static_cast<double>(memory.peak_bytes.value()),
                1.0, 0.04);
  }
}

TEST(TorchDevice, Int8HoldsAQuarterOfTheLinears) {
  HardwareConfig config = quick();
  config.dtype = "int8";
  const Memory quantised = profile_of(config, kEven).memory;
  const std::int64_t linears = 2 * (4 * 64 * 64 + 2 * 64 * 192);
  EXPECT_LT(quantised.weight_bytes, 4 * total_params(kEven) - 2 * linears);
  EXPECT_GT(quantised.weight_bytes, 4 * total_params(kEven) - 3 * linears);
  EXPECT_GT(quantised.peak_bytes.value(), quantised.weight_bytes);
  EXPECT_FALSE(quantised.liveness_peak_bytes.has_value());
}

TEST(TorchDevice, RefusesMorePositionsThanTheModelHas) {
  HardwareConfig config = quick();
  config.past_length = 25;  // + 8 = 33, the model has 32
  EXPECT_THAT(testing::error_message([&] { profile_of(config); }),
              StartsWith("quick.yaml: sequence_length 8 + past_length 25 is greater than "
                         "max_sequence_length 32 of gpt2_"));
}

TEST(TorchDevice, AModelWithoutRoomIsACandidatesFailure) {
  // 240 TB of weights: more than the address space of the process.
  const space::SmallGpt2 huge{
      .n_layer = 10, .d_model = 1'000'000, .d_inner = 1'000'000, .n_head = 1};
  EXPECT_THAT(testing::error_message([&] { profile_of(quick(), huge); }, ErrorKind::kRuntime),
              StartsWith("gpt2:n_layer=10,d_model=1000000,d_inner=1000000,n_head=1: "
                         "out of memory"));
}

TEST(TorchDevice, RefusesCudaWhereThereIsNone) {
  if (torch::cuda::is_available()) GTEST_SKIP() << "this machine has CUDA";
  for (const char* device : {"cuda", "cuda:1"}) {
    HardwareConfig config = quick();
    config.device = device;
    const std::string message = testing::error_message([&] { make_torch_device(config); });
    EXPECT_THAT(message, StartsWith("quick.yaml:2:9: device " + config.device +
                                    " is not available: this LibTorch or this machine has no"));
    EXPECT_THAT(message, HasSubstr("; device cpu works"));
  }
}

}  // namespace
}  // namespace lts::predictor

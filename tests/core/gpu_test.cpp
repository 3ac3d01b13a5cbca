#include "core/gpu.h"

#include <gtest/gtest.h>

namespace lts {
namespace {

using nlohmann::ordered_json;

TEST(Gpu, IsWhatTheManagementLibrarySays) {
  const auto gpu = Gpu::open("0000:17:00.0", LTS_FAKE_NVML);
  ASSERT_NE(gpu, nullptr);
  EXPECT_EQ(gpu->fingerprint(), ordered_json::parse(R"({
    "name": "NVIDIA Abacus 80GB", "driver": "550.54.15", "memory_bytes": 85899345920,
    "max_sm_clock_hz": 1.98e9, "max_memory_clock_hz": 2.619e9, "power_limit_w": 700.0,
    "persistence_mode": true, "mig_mode": null})"));
  EXPECT_EQ(gpu->state(), ordered_json::parse(R"({
    "sm_clock_hz": 3.45e8, "memory_clock_hz": 2.619e9, "temperature_c": 34.0, "power_w": 71.25,
    "utilization_percent": 12, "memory_used_bytes": 4096, "num_compute_processes": 2,
    "throttle_reasons": ["sw_power_cap", "hw_thermal_slowdown"]})"));
}

TEST(Gpu, IsFoundByIndexToo) {
  EXPECT_NE(Gpu::open("0", LTS_FAKE_NVML), nullptr);
  for (const char* which : {"1", "0000:18:00.0", "", "cuda", "99999"}) {
    EXPECT_EQ(Gpu::open(which, LTS_FAKE_NVML), nullptr) << which;
  }
}

TEST(Gpu, IsAbsentWithoutALibraryOrWithAnother) {
  EXPECT_EQ(Gpu::open("0", "libnothing-of-the-kind.so.1"), nullptr);
  EXPECT_EQ(Gpu::open("0", "libm.so.6"), nullptr) << "a library without its functions";
}

}  // namespace
}  // namespace lts

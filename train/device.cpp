#include "train/device.h"

#include <ATen/Context.h>

#include <algorithm>

#include "core/hardware.h"
#include "core/processor.h"

namespace lts::train {

void allow_tf32() { at::globalContext().setAllowTF32CuBLAS(true); }

// By default all CPUs that this process may use, shared by the ranks that may use the same ones.
int threads_of(const TrainConfig& config, const Ranks& ranks) {
  if (config.threads > 0) return static_cast<int>(config.threads);
  const auto usable = static_cast<int>(cpu_limits(SystemFiles()).usable());
  return std::max(1, usable / ranks.sharing_cpus());
}

torch::Device device_of(const TrainConfig& config, const Ranks& ranks) {
  const torch::Device device(config.device);
  if (!device.is_cuda()) return device;
  if (!ranks.are_several()) return device.has_index() ? device : torch::Device(torch::kCUDA, 0);
  if (device.has_index() && ranks.on_this_host() > 1)
    throw user_error("device is '" + config.device + "' for " +
                     std::to_string(ranks.on_this_host()) +
                     " ranks of this machine; accepted: cuda, of which each takes its own");
  if (device.has_index()) return device;
  const auto count = static_cast<int>(torch::cuda::device_count());
  if (count == 1) return {torch::kCUDA, 0};  // a launcher shows each rank its own
  if (ranks.local_rank() >= count)
    throw user_error("this machine has " + std::to_string(count) + " GPUs for " +
                     std::to_string(ranks.local_rank() + 1) +
                     " ranks or more; accepted: at most one rank a GPU");
  return {torch::kCUDA, static_cast<torch::DeviceIndex>(ranks.local_rank())};
}

torch::Device device_named(const std::string& name, const Place& place) {
  if (name == "cpu") return torch::kCPU;
  const bool cuda =
      name == "cuda" ||
      (name.starts_with("cuda:") && name.size() > 5 && name.size() < 8 &&
       std::ranges::all_of(name.substr(5), [](char c) { return c >= '0' && c <= '9'; }));
  if (!cuda) throw user_error(place, "device is '" + name + "'; accepted: cpu, cuda, cuda:N");
  if (!torch::hasCUDA())
    throw user_error(place, "device is '" + name +
                                "', but this LibTorch was built without CUDA (or finds no GPU); "
                                "accepted: cpu");
  const torch::Device device(name);
  const auto count = static_cast<int>(torch::cuda::device_count());
  if (device.has_index() && device.index() >= count)
    throw user_error(place,
                     "device is '" + name + "', but there are " + std::to_string(count) + " GPUs");
  return device;
}

void check_precision(Precision precision, torch::Device device, const Place& place) {
  if (precision == Precision::kFloat32 || !device.is_cpu()) return;
  const auto fingerprint = hardware_fingerprint();
  const auto isa = fingerprint.find("isa");
  if (isa != fingerprint.end() && isa->is_array())
    for (const auto& name : *isa)
      if (name == "avx512_bf16" || name == "amx_bf16") return;
  throw user_error(place,
                   "dtype is bfloat16, which this processor has no instructions for "
                   "(avx512_bf16, amx); accepted: float32");
}

}  // namespace lts::train

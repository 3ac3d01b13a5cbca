#include "space/weight_buffer.h"

#include <ATen/CPUGeneratorImpl.h>

namespace lts::space {

namespace {

constexpr std::int64_t kAlignmentBytes = 64;  // a cache line; what LibTorch's allocator gives
constexpr double kDeviation = 0.02;

std::int64_t aligned(std::int64_t num_values, std::int64_t value_bytes) {
  const std::int64_t unit = kAlignmentBytes / value_bytes;
  return (num_values + unit - 1) / unit * unit;
}

}  // namespace

WeightBuffer::WeightBuffer(torch::Dtype dtype, torch::Device device, std::uint64_t seed)
    : generator_(at::make_generator<at::CPUGeneratorImpl>(seed)),
      values_(torch::empty({0}, torch::dtype(dtype).device(device))) {}

void WeightBuffer::grow_to(std::int64_t num_values) {
  const std::int64_t old_size = size();
  if (num_values <= old_size) return;
  // Drawn on the CPU so that every device and dtype gets the same weights.
  const auto fresh = torch::empty({num_values - old_size}).normal_(0.0, kDeviation, generator_);
  values_ = torch::cat({values_, fresh.to(values_.options())});
}

void WeightBuffer::lend(LanguageModel& model) {
  const torch::NoGradGuard no_grad;
  const auto value_bytes = static_cast<std::int64_t>(values_.element_size());
  const auto parameters = model.parameters();
  std::int64_t needed = 0;
  for (const auto& parameter : parameters) needed += aligned(parameter.numel(), value_bytes);
  grow_to(needed);
  std::int64_t begin = 0;
  for (auto parameter : parameters) {
    parameter.set_data(values_.narrow(0, begin, parameter.numel()).view(parameter.sizes()));
    begin += aligned(parameter.numel(), value_bytes);
  }
}

}  // namespace lts::space

#include "predictor/profilers/forward_pass.h"

#include <algorithm>

#include "predictor/profilers/allocation_peak.h"

namespace lts::predictor {

// Shape suffixes: B batch, T time (positions of one run), D model width, V vocabulary.

namespace {

torch::Tensor zeros(std::int64_t batch_size, std::int64_t length, torch::Device device) {
  return torch::zeros({batch_size, length}, torch::dtype(torch::kInt64).device(device));
}

void finish_work(torch::Device device) {
  if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

}  // namespace

ForwardPass::ForwardPass(space::InferenceModel& model, const HardwareConfig& config,
                         torch::Device device)
    : model_(model),
      device_(device),
      past_length_(config.past_length),
      new_tokens_(config.new_tokens),
      tokens_BT_(zeros(config.batch_size, config.sequence_length, device)),
      has_cache_(config.past_length > 0 || config.new_tokens > 0),
      cache_(model.architecture().n_layer(), config.positions()) {
  if (has_cache_) fill_cache();
}

// At least one position, so that the room is taken here and no run pays for it.
void ForwardPass::fill_cache() {
  const c10::InferenceMode inference;
  const AllocationPeak memory(device_.type());
  const std::int64_t length = std::max<std::int64_t>(past_length_, 1);
  model_.trunk(zeros(tokens_BT_.size(0), length, device_), &cache_);
  finish_work(device_);
  cache_bytes_ = memory.current_bytes();
}

torch::Tensor ForwardPass::next_logits(const torch::Tensor& tokens_BT) {
  const auto hidden_BTD = model_.trunk(tokens_BT, has_cache_ ? &cache_ : nullptr);
  return model_.head(hidden_BTD.select(1, -1));
}

torch::Tensor ForwardPass::run() {
  auto probabilities_BV = launch();
  finish_work(device_);
  return probabilities_BV;
}

torch::Tensor ForwardPass::launch() {
  const c10::InferenceMode inference;
  if (has_cache_) cache_.truncate(past_length_);
  auto logits_BV = next_logits(tokens_BT_);
  for (std::int64_t i = 1; i < new_tokens_; ++i)
    logits_BV = next_logits(logits_BV.argmax(-1, true));
  return logits_BV.softmax(-1);
}

std::int64_t ForwardPass::run_counting_bytes() {
  const AllocationPeak memory(device_.type());
  run();
  return cache_bytes_ + memory.peak_bytes();
}

}  // namespace lts::predictor

#include "predictor/profilers/forward_pass.h"

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

ForwardPass::ForwardPass(space::LanguageModel& model, const HardwareConfig& config,
                         torch::Device device)
    : model_(model),
      device_(device),
      past_length_(config.past_length),
      tokens_BT_(zeros(config.batch_size, config.sequence_length, device)),
      cache_(model.architecture().n_layer()) {
  if (past_length_ > 0) fill_cache(config.batch_size);
}

// Once over all positions, so that the cache has the room of every run and no run pays for growth.
void ForwardPass::fill_cache(std::int64_t batch_size) {
  const c10::InferenceMode inference;
  const AllocationPeak memory(device_.type());
  model_.trunk(zeros(batch_size, past_length_ + tokens_BT_.size(1), device_), &cache_);
  finish_work(device_);
  cache_bytes_ = memory.current_bytes();
}

torch::Tensor ForwardPass::run() {
  auto probabilities_BV = launch();
  finish_work(device_);
  return probabilities_BV;
}

torch::Tensor ForwardPass::launch() {
  const c10::InferenceMode inference;
  if (past_length_ > 0) cache_.truncate(past_length_);
  const auto hidden_BTD = model_.trunk(tokens_BT_, past_length_ > 0 ? &cache_ : nullptr);
  return model_.head(hidden_BTD.select(1, -1)).softmax(-1);
}

std::int64_t ForwardPass::run_counting_bytes() {
  const AllocationPeak memory(device_.type());
  run();
  return cache_bytes_ + memory.peak_bytes();
}

}  // namespace lts::predictor

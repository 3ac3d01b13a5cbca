#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "predictor/hardware_config.h"
#include "space/language_model.h"

namespace lts::predictor {

/// One forward pass of a model by the protocol of a hardware file, to be repeated: each run starts
/// from the same state. Tokens are zeros, as in the reference: a dense pass costs the same whatever
/// they are. The model must outlive it.
class ForwardPass {
 public:
  /// Fills the KV cache where the protocol has a past. Precondition: the positions fit the model.
  ForwardPass(space::LanguageModel& model, const HardwareConfig& config, torch::Device device);

  /// The next token's probabilities, [B,V]; the device has finished when it returns.
  torch::Tensor run();

  /// The same, on CUDA only queued on the current stream: nothing is waited for.
  torch::Tensor launch();

  /// Runs once and returns the most memory held at a time, in bytes: activations, and the KV cache
  /// where there is one. Weights and tokens are not in it.
  std::int64_t run_counting_bytes();

 private:
  void fill_cache(std::int64_t batch_size);

  space::LanguageModel& model_;
  torch::Device device_;
  std::int64_t past_length_;
  torch::Tensor tokens_BT_;
  space::KvCache cache_;
  std::int64_t cache_bytes_ = 0;
};

}  // namespace lts::predictor

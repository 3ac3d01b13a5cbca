#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "predictor/hardware_config.h"
#include "space/inference_model.h"

namespace lts::predictor {

/// Of the code that a run executes, space/kernels and the families' inference models included: part
/// of the fingerprint. To be raised with every change that makes a run faster or slower, so that no
/// measurement cache answers with a time of the code before.
constexpr int kForwardPassRevision = 2;

/// What a hardware file's protocol runs, to be repeated: a forward pass (after a filled KV cache
/// where there is a past), or with new_tokens a whole generation. Each run starts from the same
/// state. Tokens are zeros, as in the reference: a dense pass costs the same whatever they are. The
/// model must outlive it.
class ForwardPass {
 public:
  /// Takes the room of the KV cache and fills it, where the protocol has one. Precondition: the
  /// positions fit the model.
  ForwardPass(space::InferenceModel& model, const HardwareConfig& config, torch::Device device);

  /// The next token's probabilities, [B,V]; the device has finished when it returns.
  torch::Tensor run();

  /// The same, on CUDA only queued on the current stream: nothing is waited for.
  torch::Tensor launch();

  /// Runs once and returns the most memory held at a time, in bytes: activations, and the KV cache
  /// where there is one. Weights and tokens are not in it.
  std::int64_t run_counting_bytes();

 private:
  void fill_cache();
  /// Logits of the last position, [B,V].
  torch::Tensor next_logits(const torch::Tensor& tokens_BT);

  space::InferenceModel& model_;
  torch::Device device_;
  std::int64_t past_length_, new_tokens_;
  torch::Tensor tokens_BT_;
  bool has_cache_;
  space::KvCache cache_;
  std::int64_t cache_bytes_ = 0;
};

}  // namespace lts::predictor

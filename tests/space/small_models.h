#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "space/architecture.h"
#include "space/family.h"
#include "space/language_model.h"

namespace lts::space {

/// A GPT-2 that tests can build in no time.
struct SmallGpt2 {
  std::int32_t n_layer = 3, d_model = 24, d_inner = 40, n_head = 4;
  std::int32_t vocab_size = 97, max_sequence_length = 32;
  double dropatt = 0.0;
};

inline Architecture architecture_of(const SmallGpt2& small) {
  return Architecture(family_named("gpt2"),
                      {small.n_layer, small.d_model, small.d_inner, small.n_head, small.vocab_size,
                       small.max_sequence_length},
                      small.dropatt);
}

/// In eval mode, with weights wide enough that every part of the model shows in its output.
inline ModelPtr wide_model(const Architecture& architecture, std::uint64_t seed = 1) {
  const torch::NoGradGuard no_grad;
  auto model = make_model(architecture);
  torch::manual_seed(seed);
  for (auto& parameter : model->parameters()) parameter.normal_(0.0, 0.3);
  model->eval();
  return model;
}

inline ModelPtr small_model(const SmallGpt2& small = {}, std::uint64_t seed = 1) {
  return wide_model(architecture_of(small), seed);
}

/// [B, T, V], of a module or of its inference form.
template <typename Model>
torch::Tensor logits_of(Model& model, const torch::Tensor& tokens_BT, KvCache* cache = nullptr) {
  const torch::NoGradGuard no_grad;
  return model.head(model.trunk(tokens_BT, cache));
}

inline torch::Tensor random_tokens(std::int64_t num_sequences, std::int64_t length,
                                   std::int64_t vocab_size = 97) {
  return torch::randint(vocab_size, {num_sequences, length}, torch::kInt64);
}

}  // namespace lts::space

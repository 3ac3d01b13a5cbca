#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "space/language_model.h"
#include "space/llama/config.h"
#include "space/llama/model_rotation.h"
#include "space/module_parts.h"

namespace lts::space {

/// Causal self-attention of rotated queries and keys, a key head for several query heads.
struct LlamaAttention : torch::nn::Module {
  LlamaAttention(const llama::Config& config, double attention_dropout);
  torch::Tensor forward(const torch::Tensor& hidden_BTD, const Rotation& rotation,
                        std::int64_t layer, KvCache* cache);

  std::int64_t d_head;
  double dropout;
  WeightsPtr q_proj, k_proj, v_proj, o_proj;
};

/// The feed-forward block, SwiGLU: silu(gate) * up, d_model -> d_inner, and back to d_model.
struct LlamaMlp : torch::nn::Module {
  explicit LlamaMlp(const llama::Config& config);
  torch::Tensor forward(const torch::Tensor& hidden_BTD);

  WeightsPtr gate_proj, up_proj, down_proj;
};

/// One layer: x + attention(norm(x)), then x + mlp(norm(x)).
struct LlamaLayer : torch::nn::Module {
  LlamaLayer(const llama::Config& config, const ModelOptions& options);
  torch::Tensor forward(const torch::Tensor& hidden_BTD, const Rotation& rotation,
                        std::int64_t layer, KvCache* cache);

  double dropout;
  WeightsPtr input_layernorm, post_attention_layernorm;
  std::shared_ptr<LlamaAttention> self_attn;
  std::shared_ptr<LlamaMlp> mlp;
};

/// Llama as Hugging Face's LlamaForCausalLM computes it (space/llama/llama.h). Dropout on
/// embeddings and residual branches is ours, and 0 unless asked for.
class LlamaModel : public LanguageModel {
 public:
  /// Precondition: the architecture is of family llama and has no flaw.
  LlamaModel(const Architecture& architecture, const ModelOptions& options);

  torch::Tensor trunk(const torch::Tensor& tokens_BT, KvCache* cache = nullptr) override;
  torch::Tensor head(const torch::Tensor& hidden) override;
  void init_weights() override;
  std::string embedding_name() const override;
  std::vector<std::string> stored_transposed() const override;
  bool is_learned(std::string_view name) const override;

 private:
  double dropout_;
  RotationTable rotations_;
  WeightsPtr embed_tokens_, norm_;
  std::vector<std::shared_ptr<LlamaLayer>> layers_;
};

/// The entry in the table of model_families.cpp.
ModelPtr make_llama(const Architecture& architecture, const ModelOptions& options);

}  // namespace lts::space

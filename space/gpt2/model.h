#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "space/language_model.h"
#include "space/module_parts.h"

namespace lts::space {

/// Hugging Face's layer_norm_epsilon for GPT-2.
constexpr double kGpt2NormEpsilon = 1e-5;

/// The genes of one layer of GPT-2 as its modules want them.
struct Gpt2LayerShape {
  std::int64_t d_model, d_inner, n_head;
};

/// Masked multi-head self-attention: one projection to query, key and value, one back.
struct Gpt2Attention : torch::nn::Module {
  Gpt2Attention(const Gpt2LayerShape& shape, double attention_dropout);
  torch::Tensor forward(const torch::Tensor& hidden_BTD, std::int64_t layer, KvCache* cache);

  std::int64_t n_head;
  double dropout;
  WeightsPtr c_attn, c_proj;
};

/// The feed-forward block: d_model -> d_inner, GELU by its tanh approximation, back to d_model.
struct Gpt2Mlp : torch::nn::Module {
  explicit Gpt2Mlp(const Gpt2LayerShape& shape);
  torch::Tensor forward(const torch::Tensor& hidden_BTD);

  WeightsPtr c_fc, c_proj;
};

/// One pre-norm layer: x + attention(norm(x)), then x + mlp(norm(x)).
struct Gpt2Block : torch::nn::Module {
  Gpt2Block(const Gpt2LayerShape& shape, const ModelOptions& options, double dropatt);
  torch::Tensor forward(const torch::Tensor& hidden_BTD, std::int64_t layer, KvCache* cache);

  double dropout;
  WeightsPtr ln_1, ln_2;
  std::shared_ptr<Gpt2Attention> attn;
  std::shared_ptr<Gpt2Mlp> mlp;
};

/// GPT-2 (Radford et al. 2019) with a feed-forward width of its own, as Hugging Face's
/// GPT2LMHeadModel computes it: learned positions, pre-norm layers, a final norm, the head tied to
/// the token embedding. In gpt2_flex each layer has its own width and number of heads.
class Gpt2Model : public LanguageModel {
 public:
  /// Precondition: the architecture is of family gpt2 or gpt2_flex and has no flaw.
  Gpt2Model(const Architecture& architecture, const ModelOptions& options);

  torch::Tensor trunk(const torch::Tensor& tokens_BT, KvCache* cache = nullptr) override;
  torch::Tensor head(const torch::Tensor& hidden) override;
  void init_weights() override;
  std::string embedding_name() const override;
  std::vector<std::string> stored_transposed() const override;
  bool is_learned(std::string_view name) const override;

 private:
  torch::Tensor embed(const torch::Tensor& tokens_BT, std::int64_t first_position);

  double dropout_;
  WeightsPtr wte_, wpe_, ln_f_;
  std::vector<std::shared_ptr<Gpt2Block>> blocks_;
};

/// The entry of both families in the table of model_families.cpp.
ModelPtr make_gpt2(const Architecture& architecture, const ModelOptions& options);

}  // namespace lts::space

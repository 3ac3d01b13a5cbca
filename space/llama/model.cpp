#include "space/llama/model.h"

#include <algorithm>
#include <tuple>

#include "space/attention.h"

namespace lts::space {

// Shape suffixes: B batch, T time (positions of this call), S time with the cache, D model width,
// F feed-forward width, H query heads, G key heads, K head width, V vocabulary.

namespace {

constexpr double kInitialDeviation = 0.02;  // initializer_range

WeightsPtr linear_weights(std::int64_t in, std::int64_t out) {
  return std::make_shared<Weights>(std::vector<std::int64_t>{out, in});
}

WeightsPtr norm_weights(std::int64_t d_model) {
  return std::make_shared<Weights>(std::vector<std::int64_t>{d_model});
}

torch::Tensor norm(const torch::Tensor& hidden_BTD, const Weights& weights) {
  return at::rms_norm(hidden_BTD, weights.weight.sizes(), weights.weight, llama::kNormEpsilon);
}

torch::Tensor linear(const torch::Tensor& input, const Weights& weights) {
  return at::linear(input, weights.weight);
}

}  // namespace

LlamaAttention::LlamaAttention(const llama::Config& config, double attention_dropout)
    : d_head(config.d_head()), dropout(attention_dropout) {
  q_proj = register_module("q_proj", linear_weights(config.d_model, config.d_model));
  k_proj = register_module("k_proj", linear_weights(config.d_model, config.d_kv()));
  v_proj = register_module("v_proj", linear_weights(config.d_model, config.d_kv()));
  o_proj = register_module("o_proj", linear_weights(config.d_model, config.d_model));
}

torch::Tensor LlamaAttention::forward(const torch::Tensor& hidden_BTD, const Rotation& rotation,
                                      std::int64_t layer, KvCache* cache) {
  const auto num_sequences = hidden_BTD.size(0), length = hidden_BTD.size(1);
  const auto by_head = [&](const Weights& projection) {
    return linear(hidden_BTD, projection).view({num_sequences, length, -1, d_head}).transpose(1, 2);
  };
  const auto query_BHTK = rotation.of(by_head(*q_proj));
  auto key_BGSK = rotation.of(by_head(*k_proj)), value_BGSK = by_head(*v_proj);
  if (cache != nullptr) std::tie(key_BGSK, value_BGSK) = cache->append(layer, key_BGSK, value_BGSK);
  const auto attended_BHTK =
      causal_attention(query_BHTK, key_BGSK, value_BGSK, is_training() ? dropout : 0.0);
  const auto attended_BTD = attended_BHTK.transpose(1, 2).reshape(hidden_BTD.sizes());
  return linear(attended_BTD, *o_proj);
}

LlamaMlp::LlamaMlp(const llama::Config& config) {
  gate_proj = register_module("gate_proj", linear_weights(config.d_model, config.d_inner));
  up_proj = register_module("up_proj", linear_weights(config.d_model, config.d_inner));
  down_proj = register_module("down_proj", linear_weights(config.d_inner, config.d_model));
}

torch::Tensor LlamaMlp::forward(const torch::Tensor& hidden_BTD) {
  const auto gate_BTF = at::silu(linear(hidden_BTD, *gate_proj));
  return linear(gate_BTF * linear(hidden_BTD, *up_proj), *down_proj);
}

LlamaLayer::LlamaLayer(const llama::Config& config, const ModelOptions& options)
    : dropout(options.dropout) {
  self_attn = register_module("self_attn", std::make_shared<LlamaAttention>(
                                               config, std::max(config.dropatt, options.dropout)));
  mlp = register_module("mlp", std::make_shared<LlamaMlp>(config));
  input_layernorm = register_module("input_layernorm", norm_weights(config.d_model));
  post_attention_layernorm =
      register_module("post_attention_layernorm", norm_weights(config.d_model));
}

torch::Tensor LlamaLayer::forward(const torch::Tensor& hidden_BTD, const Rotation& rotation,
                                  std::int64_t layer, KvCache* cache) {
  const auto attended_BTD =
      self_attn->forward(norm(hidden_BTD, *input_layernorm), rotation, layer, cache);
  const auto middle_BTD = hidden_BTD + drop(attended_BTD, dropout, is_training());
  const auto fed_BTD = mlp->forward(norm(middle_BTD, *post_attention_layernorm));
  return middle_BTD + drop(fed_BTD, dropout, is_training());
}

LlamaModel::LlamaModel(const Architecture& architecture, const ModelOptions& options)
    : LanguageModel(architecture),
      dropout_(options.dropout),
      rotations_(llama::config_of(architecture).d_head(),
                 architecture.scalar("max_sequence_length")) {
  const llama::Config config = llama::config_of(architecture);
  auto model = register_module("model", std::make_shared<torch::nn::Module>());
  embed_tokens_ =
      model->register_module("embed_tokens", linear_weights(config.d_model, config.vocab_size));
  auto list = model->register_module("layers", std::make_shared<torch::nn::Module>());
  for (std::int64_t i = 0; i < config.n_layer; ++i)
    layers_.push_back(
        list->register_module(std::to_string(i), std::make_shared<LlamaLayer>(config, options)));
  norm_ = model->register_module("norm", norm_weights(config.d_model));
}

torch::Tensor LlamaModel::trunk(const torch::Tensor& tokens_BT, KvCache* cache) {
  const std::int64_t first_position = cache == nullptr ? 0 : cache->length();
  const std::int64_t length = tokens_BT.size(1);
  require_positions(architecture(), first_position + length);
  auto hidden_BTD = drop(at::embedding(embed_tokens_->weight, tokens_BT), dropout_, is_training());
  const Rotation rotation = rotations_.at(first_position, length, hidden_BTD);
  for (std::size_t i = 0; i < layers_.size(); ++i)
    hidden_BTD = layers_[i]->forward(hidden_BTD, rotation, static_cast<std::int64_t>(i), cache);
  return norm(hidden_BTD, *norm_);
}

torch::Tensor LlamaModel::head(const torch::Tensor& hidden) {
  return at::linear(hidden, embed_tokens_->weight);
}

// As transformers initialises a LlamaForCausalLM: no smaller weights on the way back to the
// residual stream.
void LlamaModel::init_weights() {
  const torch::NoGradGuard no_grad;
  for (auto& parameter : parameters()) {
    if (parameter.dim() == 1)
      parameter.fill_(1.0);
    else
      parameter.normal_(0.0, kInitialDeviation);
  }
}

std::string LlamaModel::embedding_name() const { return "model.embed_tokens.weight"; }

std::vector<std::string> LlamaModel::stored_transposed() const { return {}; }

// Older transformers saved the frequencies of the rotary embeddings as a buffer of each layer.
bool LlamaModel::is_learned(std::string_view name) const {
  return !name.ends_with(".rotary_emb.inv_freq");
}

ModelPtr make_llama(const Architecture& architecture, const ModelOptions& options) {
  return std::make_shared<LlamaModel>(architecture, options);
}

}  // namespace lts::space

#include "space/gpt2/model.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/error.h"
#include "space/attention.h"

namespace lts::space {

// Shape suffixes: B batch, T time (positions of this call), S time with the cache, D model width,
// F feed-forward width, H heads, K head width, V vocabulary.

namespace {

constexpr double kInitialDeviation = 0.02;  // initializer_range

Gpt2LayerShape layer_shape(const Architecture& architecture, std::size_t layer) {
  return {.d_model = architecture.scalar("d_model"),
          .d_inner = architecture.in_layer("d_inner", layer),
          .n_head = architecture.in_layer("n_head", layer)};
}

WeightsPtr linear_weights(std::int64_t in, std::int64_t out) {
  return std::make_shared<Weights>(std::vector<std::int64_t>{out, in}, out);
}

WeightsPtr norm_weights(std::int64_t d_model) {
  return std::make_shared<Weights>(std::vector<std::int64_t>{d_model}, d_model);
}

torch::Tensor norm(const torch::Tensor& hidden_BTD, const Weights& weights) {
  return at::layer_norm(hidden_BTD, weights.weight.sizes(), weights.weight, weights.bias,
                        kGpt2NormEpsilon);
}

torch::Tensor linear(const torch::Tensor& input, const Weights& weights) {
  return at::linear(input, weights.weight, weights.bias);
}

}  // namespace

Gpt2Attention::Gpt2Attention(const Gpt2LayerShape& shape, double attention_dropout)
    : n_head(shape.n_head), dropout(attention_dropout) {
  c_attn = register_module("c_attn", linear_weights(shape.d_model, 3 * shape.d_model));
  c_proj = register_module("c_proj", linear_weights(shape.d_model, shape.d_model));
}

torch::Tensor Gpt2Attention::forward(const torch::Tensor& hidden_BTD, std::int64_t layer,
                                     KvCache* cache) {
  const auto num_sequences = hidden_BTD.size(0), length = hidden_BTD.size(1),
             d_model = hidden_BTD.size(2);
  const auto projected = linear(hidden_BTD, *c_attn).split(d_model, 2);
  const auto by_head = [&](const torch::Tensor& part_BTD) {
    return part_BTD.view({num_sequences, length, n_head, d_model / n_head}).transpose(1, 2);
  };
  const auto query_BHTK = by_head(projected[0]);
  auto key_BHSK = by_head(projected[1]), value_BHSK = by_head(projected[2]);
  if (cache != nullptr) std::tie(key_BHSK, value_BHSK) = cache->append(layer, key_BHSK, value_BHSK);
  const auto attended_BHTK =
      causal_attention(query_BHTK, key_BHSK, value_BHSK, is_training() ? dropout : 0.0);
  const auto attended_BTD = attended_BHTK.transpose(1, 2).reshape({num_sequences, length, d_model});
  return linear(attended_BTD, *c_proj);
}

Gpt2Mlp::Gpt2Mlp(const Gpt2LayerShape& shape) {
  c_fc = register_module("c_fc", linear_weights(shape.d_model, shape.d_inner));
  c_proj = register_module("c_proj", linear_weights(shape.d_inner, shape.d_model));
}

torch::Tensor Gpt2Mlp::forward(const torch::Tensor& hidden_BTD) {
  const auto inner_BTF = at::gelu(linear(hidden_BTD, *c_fc), "tanh");
  return linear(inner_BTF, *c_proj);
}

Gpt2Block::Gpt2Block(const Gpt2LayerShape& shape, const ModelOptions& options, double dropatt)
    : dropout(options.dropout) {
  ln_1 = register_module("ln_1", norm_weights(shape.d_model));
  attn = register_module(
      "attn", std::make_shared<Gpt2Attention>(shape, std::max(dropatt, options.dropout)));
  ln_2 = register_module("ln_2", norm_weights(shape.d_model));
  mlp = register_module("mlp", std::make_shared<Gpt2Mlp>(shape));
}

torch::Tensor Gpt2Block::forward(const torch::Tensor& hidden_BTD, std::int64_t layer,
                                 KvCache* cache) {
  const auto attended_BTD = attn->forward(norm(hidden_BTD, *ln_1), layer, cache);
  const auto middle_BTD = hidden_BTD + drop(attended_BTD, dropout, is_training());
  const auto fed_BTD = mlp->forward(norm(middle_BTD, *ln_2));
  return middle_BTD + drop(fed_BTD, dropout, is_training());
}

Gpt2Model::Gpt2Model(const Architecture& architecture, const ModelOptions& options)
    : LanguageModel(architecture), dropout_(options.dropout) {
  const std::int64_t d_model = architecture.scalar("d_model");
  const std::vector<std::int64_t> token_shape{architecture.scalar("vocab_size"), d_model};
  const std::vector<std::int64_t> position_shape{architecture.scalar("max_sequence_length"),
                                                 d_model};
  auto transformer = register_module("transformer", std::make_shared<torch::nn::Module>());
  wte_ = transformer->register_module("wte", std::make_shared<Weights>(token_shape));
  wpe_ = transformer->register_module("wpe", std::make_shared<Weights>(position_shape));
  auto layers = transformer->register_module("h", std::make_shared<torch::nn::Module>());
  for (std::size_t i = 0; i < static_cast<std::size_t>(architecture.n_layer()); ++i)
    blocks_.push_back(layers->register_module(
        std::to_string(i), std::make_shared<Gpt2Block>(layer_shape(architecture, i), options,
                                                       architecture.dropatt())));
  ln_f_ = transformer->register_module("ln_f", norm_weights(d_model));
}

torch::Tensor Gpt2Model::embed(const torch::Tensor& tokens_BT, std::int64_t first_position) {
  const std::int64_t length = tokens_BT.size(1), end = first_position + length;
  require_positions(architecture(), end);
  const auto positions_TD = wpe_->weight.narrow(0, first_position, length);
  return at::embedding(wte_->weight, tokens_BT) + positions_TD;
}

torch::Tensor Gpt2Model::trunk(const torch::Tensor& tokens_BT, KvCache* cache) {
  const std::int64_t first_position = cache == nullptr ? 0 : cache->length();
  auto hidden_BTD = drop(embed(tokens_BT, first_position), dropout_, is_training());
  for (std::size_t i = 0; i < blocks_.size(); ++i)
    hidden_BTD = blocks_[i]->forward(hidden_BTD, static_cast<std::int64_t>(i), cache);
  return norm(hidden_BTD, *ln_f_);
}

torch::Tensor Gpt2Model::head(const torch::Tensor& hidden) {
  return at::linear(hidden, wte_->weight);
}

void Gpt2Model::init_weights() {
  const torch::NoGradGuard no_grad;
  const double residual_deviation =
      kInitialDeviation / std::sqrt(2.0 * static_cast<double>(blocks_.size()));
  const auto init_linear = [](Weights& weights, double deviation) {
    weights.weight.normal_(0.0, deviation);
    weights.bias.zero_();
  };
  const auto init_norm = [](Weights& weights) {
    weights.weight.fill_(1.0);
    weights.bias.zero_();
  };
  wte_->weight.normal_(0.0, kInitialDeviation);
  wpe_->weight.normal_(0.0, kInitialDeviation);
  for (const auto& block : blocks_) {
    init_norm(*block->ln_1);
    init_linear(*block->attn->c_attn, kInitialDeviation);
    init_linear(*block->attn->c_proj, residual_deviation);
    init_norm(*block->ln_2);
    init_linear(*block->mlp->c_fc, kInitialDeviation);
    init_linear(*block->mlp->c_proj, residual_deviation);
  }
  init_norm(*ln_f_);
}

std::string Gpt2Model::embedding_name() const { return "transformer.wte.weight"; }

// Older transformers saved the causal mask of each layer as a buffer.
bool Gpt2Model::is_learned(std::string_view name) const {
  return !name.ends_with(".attn.bias") && !name.ends_with(".attn.masked_bias");
}

std::vector<std::string> Gpt2Model::stored_transposed() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < blocks_.size(); ++i)
    for (const char* linear_name : {"attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"})
      names.push_back("transformer.h." + std::to_string(i) + "." + linear_name + ".weight");
  return names;
}

ModelPtr make_gpt2(const Architecture& architecture, const ModelOptions& options) {
  return std::make_shared<Gpt2Model>(architecture, options);
}

}  // namespace lts::space

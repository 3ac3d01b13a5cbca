#include "space/llama/model_inference.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "space/inference_linear.h"
#include "space/inference_ops.h"
#include "space/llama/config.h"
#include "space/llama/model_rotation.h"

namespace lts::space {

// Shape suffixes: B batch, T time (positions of this call), S time with the cache, M = B * T, D
// model width, F feed-forward width, H query heads, G key heads, N = H + 2 G, K head width, V
// vocabulary.

namespace {

struct Layer {
  torch::Tensor input_gain_D, post_attention_gain_D;
  std::unique_ptr<InferenceLinear> attention_in, attention_out, gate, up, down;

  std::int64_t packed_bytes() const {
    return attention_in->held_bytes() + attention_out->held_bytes() + gate->held_bytes() +
           up->held_bytes() + down->held_bytes();
  }
};

/// Where a pass puts what it holds beside the residual stream, one after another for all layers.
/// Without room where the linears make tensors of their own.
class Rooms {
 public:
  Rooms(const Layer& layer, const llama::Config& config, const torch::Tensor& hidden_MD) {
    if (!layer.attention_in->takes_room()) return;
    const std::int64_t num_rows = hidden_MD.size(0);
    const auto room = [&](std::int64_t width) {
      return torch::empty({num_rows * width}, hidden_MD.options());
    };
    narrow_MD_ = torch::empty_like(hidden_MD);
    wide_ = room(std::max(config.d_inner, config.d_model + 2 * config.d_kv()));
    inner_MF_ = room(config.d_inner).view({num_rows, config.d_inner});
  }

  const torch::Tensor& narrow() const { return narrow_MD_; }
  const torch::Tensor& inner() const { return inner_MF_; }
  torch::Tensor wide(std::int64_t width) const {
    if (!wide_.defined()) return wide_;
    const std::int64_t num_rows = narrow_MD_.size(0);
    return wide_.narrow(0, 0, num_rows * width).view({num_rows, width});
  }

 private:
  torch::Tensor narrow_MD_, wide_, inner_MF_;
};

class LlamaInference final : public InferenceModel {
 public:
  LlamaInference(const ModelPtr& model, Precision precision)
      : InferenceModel(model->architecture()),
        config_(llama::config_of(model->architecture())),
        rotations_(config_.d_head(), config_.max_sequence_length) {
    const auto parameters = model->named_parameters();
    const auto tensor = [&](const std::string& name) {
      return parameters["model." + name + ".weight"].detach();
    };
    // What is scaled by flows in fp32 where only the matrices are bf16.
    const auto gain = [&](const std::string& name) {
      return precision == Precision::kBfloat16Weights ? tensor(name).to(torch::kFloat32)
                                                      : tensor(name);
    };
    const auto linear = [&](const torch::Tensor& weight_NK) {
      return make_inference_linear(
          weight_NK, torch::zeros({weight_NK.size(0)}, weight_NK.options()), precision);
    };
    embedding_VD_ = tensor("embed_tokens");
    gain_D_ = gain("norm");
    for (std::int64_t i = 0; i < config_.n_layer; ++i) {
      const std::string layer = "layers." + std::to_string(i) + ".";
      const std::string attention = layer + "self_attn.", mlp = layer + "mlp.";
      const auto query_key_value =
          torch::cat({tensor(attention + "q_proj"), tensor(attention + "k_proj"),
                      tensor(attention + "v_proj")});
      layers_.push_back({.input_gain_D = gain(layer + "input_layernorm"),
                         .post_attention_gain_D = gain(layer + "post_attention_layernorm"),
                         .attention_in = linear(query_key_value),
                         .attention_out = linear(tensor(attention + "o_proj")),
                         .gate = linear(tensor(mlp + "gate_proj")),
                         .up = linear(tensor(mlp + "up_proj")),
                         .down = linear(tensor(mlp + "down_proj"))});
    }
  }

  torch::Tensor trunk(const torch::Tensor& tokens_BT, KvCache* cache) override {
    const c10::InferenceMode inference;
    const std::int64_t first_position = cache == nullptr ? 0 : cache->length();
    require_positions(architecture(), first_position + tokens_BT.size(1));
    auto hidden_MD = at::embedding(embedding_VD_, tokens_BT)
                         .to(gain_D_.scalar_type())
                         .view({-1, config_.d_model});
    const Rotation rotation = rotations_.at(first_position, tokens_BT.size(1), hidden_MD);
    const Rooms rooms(layers_.front(), config_, hidden_MD);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const Layer& layer = layers_[i];
      const auto attended_MD = attention(layer, rooms, hidden_MD, rotation, tokens_BT.size(0),
                                         static_cast<std::int64_t>(i), cache);
      layer.attention_out->add_to(hidden_MD, attended_MD);
      layer.down->add_to(hidden_MD, gated(layer, rooms, hidden_MD));
    }
    return normed(hidden_MD, gain_D_, rooms)
        .view({tokens_BT.size(0), tokens_BT.size(1), config_.d_model});
  }

  torch::Tensor head(const torch::Tensor& hidden) override {
    const c10::InferenceMode inference;
    return row_products(hidden, embedding_VD_);
  }

  std::int64_t held_bytes() const override {
    auto bytes = static_cast<std::int64_t>(embedding_VD_.nbytes() + gain_D_.nbytes());
    for (const Layer& layer : layers_)
      bytes += static_cast<std::int64_t>(layer.input_gain_D.nbytes() +
                                         layer.post_attention_gain_D.nbytes());
    return bytes + packed_bytes();
  }
  std::int64_t packed_bytes() const override {
    std::int64_t bytes = 0;
    for (const Layer& layer : layers_) bytes += layer.packed_bytes();
    return bytes;
  }

 private:
  static torch::Tensor normed(const torch::Tensor& hidden_MD, const torch::Tensor& gain_D,
                              const Rooms& rooms) {
    return rms_normalised(hidden_MD, gain_D, llama::kNormEpsilon, rooms.narrow());
  }

  // Query and key heads lie side by side and are turned at once. What is attended takes the room of
  // the norm, which has been projected by then.
  torch::Tensor attention(const Layer& layer, const Rooms& rooms, const torch::Tensor& hidden_MD,
                          const Rotation& rotation, std::int64_t num_sequences, std::int64_t index,
                          KvCache* cache) const {
    const std::int64_t turned = config_.n_head + config_.n_kv_head;
    const auto projected_BNTK =
        layer.attention_in
            ->apply(normed(hidden_MD, layer.input_gain_D, rooms),
                    rooms.wide(config_.d_model + 2 * config_.d_kv()))
            .view({num_sequences, -1, turned + config_.n_kv_head, config_.d_head()})
            .transpose(1, 2);
    const auto query_key_BHTK = rotation.of(projected_BNTK.narrow(1, 0, turned));
    auto key_BGSK = query_key_BHTK.narrow(1, config_.n_head, config_.n_kv_head),
         value_BGSK = projected_BNTK.narrow(1, turned, config_.n_kv_head);
    if (cache != nullptr)
      std::tie(key_BGSK, value_BGSK) = cache->append(index, key_BGSK, value_BGSK);
    return attended(query_key_BHTK.narrow(1, 0, config_.n_head), key_BGSK, value_BGSK,
                    rooms.narrow());
  }

  torch::Tensor gated(const Layer& layer, const Rooms& rooms,
                      const torch::Tensor& hidden_MD) const {
    const auto normed_MD = normed(hidden_MD, layer.post_attention_gain_D, rooms);
    auto gate_MF = layer.gate->apply(normed_MD, rooms.wide(config_.d_inner));
    return at::silu_(gate_MF).mul_(layer.up->apply(normed_MD, rooms.inner()));
  }

  llama::Config config_;
  RotationTable rotations_;
  torch::Tensor embedding_VD_, gain_D_;
  std::vector<Layer> layers_;
};

}  // namespace

InferencePtr make_llama_inference(const ModelPtr& model, Precision precision) {
  return std::make_unique<LlamaInference>(model, precision);
}

}  // namespace lts::space

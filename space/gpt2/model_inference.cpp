#include "space/gpt2/model_inference.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "space/gpt2/model.h"
#include "space/inference_linear.h"
#include "space/inference_ops.h"

namespace lts::space {

// Shape suffixes: B batch, T time (positions of this call), S time with the cache, M = B * T, D
// model width, F feed-forward width, H heads, K head width, V vocabulary.

namespace {

struct Norm {
  torch::Tensor gain_D, bias_D;

  torch::Tensor of(const torch::Tensor& hidden_MD, const torch::Tensor& room_MD) const {
    return normalised(hidden_MD, gain_D, bias_D, kGpt2NormEpsilon, room_MD);
  }
  std::int64_t held_bytes() const {
    return static_cast<std::int64_t>(gain_D.nbytes() + bias_D.nbytes());
  }
};

struct Layer {
  std::int64_t n_head, d_inner;
  Norm ln_1, ln_2;
  std::unique_ptr<InferenceLinear> attention_in, attention_out, feed_forward_in, feed_forward_out;

  std::int64_t packed_bytes() const {
    return attention_in->held_bytes() + attention_out->held_bytes() +
           feed_forward_in->held_bytes() + feed_forward_out->held_bytes();
  }
};

/// Where a pass puts what it holds beside the residual stream: one narrow and one wide tensor for
/// all layers, so that a layer asks the allocator for next to nothing. Without room where the
/// linears make tensors of their own.
class Rooms {
 public:
  Rooms(const std::vector<Layer>& layers, const torch::Tensor& hidden_MD) {
    if (!layers.front().attention_in->takes_room()) return;
    num_rows_ = hidden_MD.size(0);
    std::int64_t widest = 3 * hidden_MD.size(1);
    for (const Layer& layer : layers) widest = std::max(widest, layer.d_inner);
    narrow_MD_ = torch::empty_like(hidden_MD);
    wide_ = torch::empty({num_rows_ * widest}, hidden_MD.options());
  }

  const torch::Tensor& narrow() const { return narrow_MD_; }
  torch::Tensor wide(std::int64_t width) const {
    return wide_.defined() ? wide_.narrow(0, 0, num_rows_ * width).view({num_rows_, width}) : wide_;
  }

 private:
  std::int64_t num_rows_ = 0;
  torch::Tensor narrow_MD_, wide_;
};

class Gpt2Inference final : public InferenceModel {
 public:
  Gpt2Inference(const ModelPtr& model, Precision precision)
      : InferenceModel(model->architecture()) {
    const auto parameters = model->named_parameters();
    const auto tensor = [&](const std::string& name) {
      return parameters["transformer." + name].detach();
    };
    // What is added and scaled by flows in fp32 where only the matrices are bf16.
    const auto flowing = [&](const std::string& name) {
      return precision == Precision::kBfloat16Weights ? tensor(name).to(torch::kFloat32)
                                                      : tensor(name);
    };
    const auto norm = [&](const std::string& name) {
      return Norm{flowing(name + ".weight"), flowing(name + ".bias")};
    };
    const auto linear = [&](const std::string& name) {
      return make_inference_linear(tensor(name + ".weight"), tensor(name + ".bias"), precision);
    };
    token_embedding_VD_ = tensor("wte.weight");
    position_embedding_TD_ = flowing("wpe.weight");
    ln_f_ = norm("ln_f");
    for (std::size_t i = 0; i < static_cast<std::size_t>(architecture().n_layer()); ++i) {
      const std::string name = "h." + std::to_string(i) + ".";
      layers_.push_back({.n_head = architecture().in_layer("n_head", i),
                         .d_inner = tensor(name + "mlp.c_fc.weight").size(0),
                         .ln_1 = norm(name + "ln_1"),
                         .ln_2 = norm(name + "ln_2"),
                         .attention_in = linear(name + "attn.c_attn"),
                         .attention_out = linear(name + "attn.c_proj"),
                         .feed_forward_in = linear(name + "mlp.c_fc"),
                         .feed_forward_out = linear(name + "mlp.c_proj")});
    }
  }

  torch::Tensor trunk(const torch::Tensor& tokens_BT, KvCache* cache) override {
    const c10::InferenceMode inference;
    const std::int64_t first_position = cache == nullptr ? 0 : cache->length();
    auto hidden_MD = embed(tokens_BT, first_position);
    const Rooms rooms(layers_, hidden_MD);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const Layer& layer = layers_[i];
      layer.attention_out->add_to(hidden_MD, attention(layer, rooms, hidden_MD, tokens_BT,
                                                       static_cast<std::int64_t>(i), cache));
      layer.feed_forward_out->add_to(
          hidden_MD, layer.feed_forward_in->apply_gelu(layer.ln_2.of(hidden_MD, rooms.narrow()),
                                                       rooms.wide(layer.d_inner)));
    }
    return ln_f_.of(hidden_MD, rooms.narrow())
        .view({tokens_BT.size(0), tokens_BT.size(1), hidden_MD.size(1)});
  }

  torch::Tensor head(const torch::Tensor& hidden) override {
    const c10::InferenceMode inference;
    return row_products(hidden, token_embedding_VD_);
  }

  std::int64_t held_bytes() const override {
    std::int64_t bytes = packed_bytes() + ln_f_.held_bytes();
    for (const auto& layer : layers_) bytes += layer.ln_1.held_bytes() + layer.ln_2.held_bytes();
    return bytes + static_cast<std::int64_t>(token_embedding_VD_.nbytes() +
                                             position_embedding_TD_.nbytes());
  }
  std::int64_t packed_bytes() const override {
    std::int64_t bytes = 0;
    for (const auto& layer : layers_) bytes += layer.packed_bytes();
    return bytes;
  }

 private:
  torch::Tensor embed(const torch::Tensor& tokens_BT, std::int64_t first_position) const {
    const std::int64_t length = tokens_BT.size(1);
    require_positions(architecture(), first_position + length);
    auto hidden_BTD =
        at::embedding(token_embedding_VD_, tokens_BT).to(position_embedding_TD_.scalar_type());
    hidden_BTD.add_(position_embedding_TD_.narrow(0, first_position, length));
    return hidden_BTD.view({-1, token_embedding_VD_.size(1)});
  }

  // What is attended takes the room of the norm, which has been projected by then.
  static torch::Tensor attention(const Layer& layer, const Rooms& rooms,
                                 const torch::Tensor& hidden_MD, const torch::Tensor& tokens_BT,
                                 std::int64_t index, KvCache* cache) {
    const auto num_sequences = tokens_BT.size(0), length = tokens_BT.size(1),
               d_model = hidden_MD.size(1);
    const auto projected_BT3HK =
        layer.attention_in->apply(layer.ln_1.of(hidden_MD, rooms.narrow()), rooms.wide(3 * d_model))
            .view({num_sequences, length, 3, layer.n_head, d_model / layer.n_head});
    const auto part = [&](std::int64_t which) {
      return projected_BT3HK.select(2, which).transpose(1, 2);
    };
    auto key_BHSK = part(1), value_BHSK = part(2);
    if (cache != nullptr)
      std::tie(key_BHSK, value_BHSK) = cache->append(index, key_BHSK, value_BHSK);
    return attended(part(0), key_BHSK, value_BHSK, rooms.narrow());
  }

  torch::Tensor token_embedding_VD_, position_embedding_TD_;
  Norm ln_f_;
  std::vector<Layer> layers_;
};

}  // namespace

InferencePtr make_gpt2_inference(const ModelPtr& model, Precision precision) {
  return std::make_unique<Gpt2Inference>(model, precision);
}

}  // namespace lts::space

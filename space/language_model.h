#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "space/architecture.h"

namespace lts::space {

// Shape suffixes: B batch, T time (positions of this call), S time with the cache, D model width,
// H heads, K head width, V vocabulary.

/// Keys and values of the positions seen so far, one pair a layer. Grows by itself; start empty.
class KvCache {
 public:
  /// The first call of a layer takes room for `room` positions, or for its own where they are more.
  explicit KvCache(std::int64_t n_layer, std::int64_t room = 64) : layers_(n_layer), room_(room) {}

  /// Positions held.
  std::int64_t length() const { return length_; }
  /// Appends this call's keys and values of `layer` and returns all of them, [B,H,S,K]. Call once a
  /// layer and pass, layer 0 first; length() moves after the last layer.
  std::pair<torch::Tensor, torch::Tensor> append(std::int64_t layer, const torch::Tensor& key_BHTK,
                                                 const torch::Tensor& value_BHTK);
  /// Holds `length` positions of zeros, of the shape of what it held. Precondition: it holds some,
  /// and has room for them.
  void fill_with_zeros(std::int64_t length);
  /// Forgets the positions from `length` on and keeps their room. Precondition: length is at most
  /// length().
  void truncate(std::int64_t length);

 private:
  struct Layer {
    torch::Tensor key_BHSK, value_BHSK;  // capacity along S, doubled when full
  };
  std::vector<Layer> layers_;
  std::int64_t room_;
  std::int64_t length_ = 0;
};

/// How a module is made.
struct ModelOptions {
  /// Dropout on embeddings and residual branches while training (attention has the architecture's
  /// dropatt, or this where larger); 0 for the published retraining recipe.
  double dropout = 0.0;
};

/// A causal language model of any family. Parameters are registered under their Hugging Face names
/// ("transformer.h.0.attn.c_attn.weight"), linears as [out, in] (Hugging Face's GPT-2 stores
/// [in, out]: model_weights.h turns them), the token embedding once for the tied head. A new
/// module's weights are uninitialised: call init_weights, load weights, or lend it a buffer
/// (weight_buffer.h).
class LanguageModel : public torch::nn::Module {
 public:
  LanguageModel(const Architecture& architecture) : architecture_(architecture) {}

  const Architecture& architecture() const { return architecture_; }

  /// The trunk: tokens_BT (int64) -> hidden_BTD after the final norm. With a cache, tokens_BT
  /// follow what it holds and are added to it. \throws Error kUser when positions exceed
  /// max_sequence_length.
  virtual torch::Tensor trunk(const torch::Tensor& tokens_BT, KvCache* cache = nullptr) = 0;
  /// The tied head: hidden [..., D] -> logits [..., V].
  virtual torch::Tensor head(const torch::Tensor& hidden) = 0;
  /// The family's published initialisation (GPT-2: normal 0.02, residual projections scaled by
  /// 1/sqrt(2 n_layer), norms 1 and 0), from LibTorch's default generator.
  virtual void init_weights() = 0;
  /// Name (as registered) of the token embedding [V, D], to which the head is tied. What stands
  /// before its first dot is the prefix of all parameters.
  virtual std::string embedding_name() const = 0;
  /// Names (as registered) of the linears that Hugging Face stores transposed, [in, out].
  virtual std::vector<std::string> stored_transposed() const = 0;
  /// Whether a tensor of that name in a Hugging Face file may be a parameter: some files hold masks
  /// and tables too.
  virtual bool is_learned(std::string_view /*name*/) const { return true; }

 private:
  Architecture architecture_;
};

using ModelPtr = std::shared_ptr<LanguageModel>;

/// A module of the architecture's family, on the CPU in fp32, weights uninitialised. The table of
/// families' modules stands in model_families.cpp. \throws Error kUser when the architecture has a
/// flaw or its family has no module.
ModelPtr make_model(const Architecture& architecture, const ModelOptions& options = {});

/// \throws Error kUser when a sequence of `length` tokens has more than the architecture's
/// positions.
void require_positions(const Architecture& architecture, std::int64_t length);

}  // namespace lts::space

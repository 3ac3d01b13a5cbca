#pragma once

#include <torch/torch.h>

#include <vector>

#include "core/random.h"
#include "predictor/proxies/proxy_source.h"
#include "space/language_model.h"

namespace lts::predictor {

// Shape suffixes: B batch, T time, V vocabulary.

/// A model with its family's initial weights, as `lts export ARCH --seed` writes them, and the
/// batch a proxy looks at. Belongs to one evaluation: a score may change the weights.
class ProxyModel {
 public:
  /// \throws Error kUser for an architecture with a flaw; c10::Error where memory ends.
  ProxyModel(const space::Architecture& architecture, const ProxyBatch& batch);

  space::LanguageModel& model() { return *model_; }
  /// Token ids, `Rng(seed).below(vocab_size)` each, row by row.
  const torch::Tensor& tokens_BT() const { return tokens_BT_; }
  /// Goes on where the tokens ended.
  Rng& rng() { return rng_; }

  /// The matrices of the layers' linears, [out, in], in the order of the parameters.
  std::vector<torch::Tensor> linears() const;
  /// Those of them that belong to the attention.
  std::vector<torch::Tensor> attention_linears() const;
  /// The weight [V, D] that token ids are looked up in.
  torch::Tensor token_embedding() const;

  /// \throws Error kUser for more tokens than the model has positions.
  torch::Tensor logits_BTV();
  /// The mean cross-entropy of the next token.
  torch::Tensor loss();

 private:
  space::ModelPtr model_;
  Rng rng_;
  torch::Tensor tokens_BT_;
};

/// The gradient of a scalar with respect to each of `inputs`.
std::vector<torch::Tensor> gradients(const torch::Tensor& scalar,
                                     const std::vector<torch::Tensor>& inputs);

/// The sum of all elements, added up in fp64.
double sum_of(const torch::Tensor& values);

}  // namespace lts::predictor

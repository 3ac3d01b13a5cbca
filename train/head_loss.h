#pragma once

#include <torch/torch.h>

namespace lts::train {

// N tokens, D model width, V vocabulary.

/// Tokens of a piece. Large enough that reading the head's weight is small beside the
/// multiplication, small enough for a shared cache; flat between 128 and 512 where measured
/// (experiments/training).
inline constexpr std::int64_t kPieceTokens = 256;

/// Cross-entropy over a tied head, with its gradients made in the same pass, a piece of the tokens
/// at a time: the logits of all tokens never exist together, and each piece is used while it is in
/// the cache. Keeps its buffers between calls; one per training.
class HeadLoss {
 public:
  struct Result {
    double loss_sum = 0;           ///< sum of the negative log-likelihoods, nats
    torch::Tensor grad_hidden_ND;  ///< gradient of scale * loss_sum, in the dtype of hidden_ND
  };

  /// The loss of predicting `targets_N` by `hidden_ND` x `weight_VD` transposed, and its gradients.
  /// hidden and weight are fp32 or bfloat16 alike; the softmax is fp32. The gradient of
  /// scale * loss_sum by the weight is added to `grad_weight_VD`, fp32.
  Result forward_backward(const torch::Tensor& hidden_ND, const torch::Tensor& weight_VD,
                          const torch::Tensor& targets_N, double scale,
                          torch::Tensor& grad_weight_VD);

 private:
  void make_buffers(const torch::Tensor& hidden_ND, const torch::Tensor& weight_VD);

  torch::Tensor logits_PV_, probabilities_PV_, grad_weight_low_VD_;
};

}  // namespace lts::train

#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace lts::train {

// N tokens, D model width, V vocabulary.

/// Cross-entropy over a tied head, with its gradients made in the same pass, a piece of the tokens
/// at a time: the logits of all tokens never exist together. Keeps its buffers between calls; one
/// per training.
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

  /// Bytes of its buffers on the CPU, for at least a piece of tokens.
  static std::int64_t buffer_bytes(bool is_low, std::int64_t vocab_size, std::int64_t d_model);

 private:
  struct Piece;

  void make_buffers(const torch::Tensor& hidden_ND, const torch::Tensor& weight_VD);
  void gradient_of_logits(const Piece& piece, const torch::Tensor& weight_VD);
  void rows_on_cpu(const torch::Tensor& logits_PV, const torch::Tensor& targets_P, double* losses);
  void rows_by_tensors(torch::Tensor logits_PV, const torch::Tensor& targets_P);

  torch::Tensor logits_PV_, grad_weight_low_VD_;
  torch::Tensor scratch_;       // on the CPU, a row of fp32 for each thread
  std::vector<double> losses_;  // on the CPU, of each token of a call
  torch::Tensor loss_;          // elsewhere, their sum so far
};

}  // namespace lts::train

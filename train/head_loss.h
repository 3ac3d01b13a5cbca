#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace lts::train {

// N tokens, P tokens of a piece, D model width, V vocabulary, W vocabulary and padding.

/// Cross-entropy over a tied head, with its gradients made in the same pass, a piece of the tokens
/// at a time: the logits of all tokens never exist together. Keeps its buffers between calls; one
/// per training. On a GPU it only queues its work.
class HeadLoss {
 public:
  /// What a call adds to: fp32 and, a single value, fp64.
  struct Sums {
    torch::Tensor grad_weight_WD;  ///< the gradient of scale * the loss's sum by the weight
    torch::Tensor loss;            ///< the sum of the negative log-likelihoods, nats
  };

  explicit HeadLoss(std::int64_t vocab_size) : vocab_size_(vocab_size) {}

  /// The loss of predicting `targets_N` by `hidden_ND` x `weight_WD` transposed, and its gradients.
  /// Rows of the weight from the vocabulary's size on are padding: no tokens, and without gradient.
  /// On the CPU there are none; on a GPU, W is whole multiples of 8. hidden and weight are fp32 or
  /// bfloat16 alike; the softmax is fp32. Returns the gradient of scale * the loss's sum by hidden,
  /// in its dtype.
  torch::Tensor forward_backward(const torch::Tensor& hidden_ND, const torch::Tensor& weight_WD,
                                 const torch::Tensor& targets_N, double scale, Sums& sums);

  /// Bytes of its buffers, for at least a piece of tokens.
  static std::int64_t buffer_bytes(bool is_low, bool on_cpu, std::int64_t vocab_size,
                                   std::int64_t d_model);

 private:
  struct Piece;

  void make_buffers(const torch::Tensor& hidden_ND, const torch::Tensor& weight_WD);
  void gradient_of_logits(const Piece& piece, const torch::Tensor& weight_WD);
  void rows_on_cpu(const torch::Tensor& logits_PW, const torch::Tensor& targets_P, double* losses);

  std::int64_t vocab_size_;
  torch::Tensor logits_PW_, grad_weight_low_WD_;
  torch::Tensor losses_N_;  // fp64
  torch::Tensor scratch_;   // on the CPU, a row of fp32 for each thread
};

}  // namespace lts::train

#include "train/head_loss.h"

#include <algorithm>

#include "train/vector_math.h"

namespace lts::train {

// N tokens, P tokens of a piece, D model width, V vocabulary.

void HeadLoss::make_buffers(const torch::Tensor& hidden_ND, const torch::Tensor& weight_VD) {
  const std::int64_t piece = std::min(kPieceTokens, hidden_ND.size(0));
  const bool fits = logits_PV_.defined() && logits_PV_.size(0) >= piece &&
                    logits_PV_.size(1) == weight_VD.size(0) &&
                    logits_PV_.dtype() == weight_VD.dtype();
  if (fits) return;
  const std::vector<std::int64_t> shape{piece, weight_VD.size(0)};
  logits_PV_ = torch::empty(shape, weight_VD.options().requires_grad(false));
  probabilities_PV_ = torch::empty(shape, logits_PV_.options().dtype(torch::kFloat32));
  if (weight_VD.scalar_type() != torch::kFloat32)
    grad_weight_low_VD_ = torch::empty(weight_VD.sizes(), logits_PV_.options());
}

HeadLoss::Result HeadLoss::forward_backward(const torch::Tensor& hidden_ND,
                                            const torch::Tensor& weight_VD,
                                            const torch::Tensor& targets_N, double scale,
                                            torch::Tensor& grad_weight_VD) {
  const torch::NoGradGuard no_grad;
  choose_vector_math();
  make_buffers(hidden_ND, weight_VD);
  const bool low = weight_VD.scalar_type() != torch::kFloat32;
  const auto weight_DV = weight_VD.t();
  const std::int64_t num_tokens = hidden_ND.size(0);
  auto loss = torch::zeros({}, probabilities_PV_.options().dtype(torch::kFloat64));
  Result result{.grad_hidden_ND = torch::empty_like(hidden_ND)};
  for (std::int64_t begin = 0; begin < num_tokens; begin += kPieceTokens) {
    const std::int64_t size = std::min(kPieceTokens, num_tokens - begin);
    const auto hidden_PD = hidden_ND.narrow(0, begin, size);
    const auto targets_P1 = targets_N.narrow(0, begin, size).unsqueeze(1);
    auto logits_PV = logits_PV_.narrow(0, 0, size);
    auto probabilities_PV = probabilities_PV_.narrow(0, 0, size);
    at::mm_out(logits_PV, hidden_PD, weight_DV);
    at::_log_softmax_out(probabilities_PV, low ? logits_PV.to(torch::kFloat32) : logits_PV, 1,
                         false);
    loss.sub_(probabilities_PV.gather(1, targets_P1).sum(torch::kFloat64));
    // The gradient by the logits is scale * (softmax - one_hot(target)).
    probabilities_PV.exp_();
    probabilities_PV.scatter_add_(1, targets_P1,
                                  torch::full({size, 1}, -1.0, probabilities_PV.options()));
    auto grad_hidden_PD = result.grad_hidden_ND.narrow(0, begin, size);
    if (low) {
      logits_PV.copy_(probabilities_PV);
      at::mm_out(grad_hidden_PD, logits_PV, weight_VD);
      at::mm_out(grad_weight_low_VD_, logits_PV.t(), hidden_PD);
      grad_weight_VD.add_(grad_weight_low_VD_, scale);
    } else {
      at::mm_out(grad_hidden_PD, probabilities_PV, weight_VD);
      grad_weight_VD.addmm_(probabilities_PV.t(), hidden_PD, 1.0, scale);
    }
  }
  result.grad_hidden_ND.mul_(scale);
  result.loss_sum = loss.item<double>();
  return result;
}

}  // namespace lts::train

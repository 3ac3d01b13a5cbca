#include "train/head_loss.h"

#include <algorithm>
#include <numeric>

#include "space/parallel.h"
#include "train/loss_rows.h"

namespace lts::train {

// N tokens, P tokens of a piece, D model width, V vocabulary.

namespace {

using space::kernels::best_instruction_set;

// Large enough that the weight and its gradient, read once a piece, are small beside the products.
// A piece's logits are made and turned into gradients in parts that fit a shared cache. Measured:
// experiments/training.
constexpr std::int64_t kPieceTokens = 512, kLowPieceTokens = 1024, kPartTokens = 256;

std::int64_t piece_tokens(bool is_low) { return is_low ? kLowPieceTokens : kPieceTokens; }

bool is_low(const torch::Tensor& tensor) { return tensor.scalar_type() != torch::kFloat32; }

}  // namespace

struct HeadLoss::Piece {
  std::int64_t begin, size;
  torch::Tensor hidden_PD, targets_P;
};

std::int64_t HeadLoss::buffer_bytes(bool is_low, std::int64_t vocab_size, std::int64_t d_model) {
  const std::int64_t logits = piece_tokens(is_low) * vocab_size * (is_low ? 2 : 4);
  return logits + (is_low ? 2 * vocab_size * d_model : 0);
}

void HeadLoss::make_buffers(const torch::Tensor& hidden_ND, const torch::Tensor& weight_VD) {
  const std::int64_t num_tokens = hidden_ND.size(0), vocab_size = weight_VD.size(0);
  const bool low = is_low(weight_VD);
  losses_.assign(static_cast<std::size_t>(num_tokens), 0.0);
  loss_ = torch::zeros({}, weight_VD.options().requires_grad(false).dtype(torch::kFloat64));
  if (low && weight_VD.is_cpu())
    scratch_ = torch::empty({at::get_num_threads(), vocab_size}, torch::kFloat32);
  const std::int64_t piece = std::min(piece_tokens(low), num_tokens);
  const bool fits = logits_PV_.defined() && logits_PV_.size(0) >= piece &&
                    logits_PV_.size(1) == vocab_size && logits_PV_.dtype() == weight_VD.dtype();
  if (fits) return;
  logits_PV_ = torch::empty({piece, vocab_size}, weight_VD.options().requires_grad(false));
  if (low) grad_weight_low_VD_ = torch::empty(weight_VD.sizes(), logits_PV_.options());
}

// logits_PV -> softmax(logits_PV) - one_hot(targets_P), and the losses.
void HeadLoss::rows_on_cpu(const torch::Tensor& logits_PV, const torch::Tensor& targets_P,
                           double* losses) {
  const auto set = best_instruction_set();
  const std::int64_t width = logits_PV.size(1);
  const LossRows rows = {targets_P.data_ptr<std::int64_t>(), width, losses};
  space::share_out(logits_PV.size(0), 1, [&](std::int64_t first, std::int64_t end) {
    if (!is_low(logits_PV)) return loss_rows(set, logits_PV.data_ptr<float>(), rows, first, end);
    float* const own = scratch_.data_ptr<float>() + at::get_thread_num() * width;
    loss_rows(set, static_cast<std::uint16_t*>(logits_PV.data_ptr()), rows, first, end,
              {own, static_cast<std::size_t>(width)});
  });
}

void HeadLoss::rows_by_tensors(torch::Tensor logits_PV, const torch::Tensor& targets_P) {
  const auto targets_P1 = targets_P.unsqueeze(1);
  auto rows_PV = at::log_softmax(logits_PV, 1, torch::kFloat32);
  loss_.sub_(rows_PV.gather(1, targets_P1).sum(torch::kFloat64));
  rows_PV.exp_();
  rows_PV.scatter_add_(1, targets_P1, torch::full_like(targets_P1, -1.0, rows_PV.options()));
  logits_PV.copy_(rows_PV);
}

void HeadLoss::gradient_of_logits(const Piece& piece, const torch::Tensor& weight_VD) {
  const auto weight_DV = weight_VD.t();
  for (std::int64_t begin = 0; begin < piece.size; begin += kPartTokens) {
    const std::int64_t size = std::min(kPartTokens, piece.size - begin);
    auto logits_PV = logits_PV_.narrow(0, begin, size);
    at::mm_out(logits_PV, piece.hidden_PD.narrow(0, begin, size), weight_DV);
    const auto targets_P = piece.targets_P.narrow(0, begin, size);
    if (logits_PV.is_cpu())
      rows_on_cpu(logits_PV, targets_P, losses_.data() + piece.begin + begin);
    else
      rows_by_tensors(logits_PV, targets_P);
  }
}

HeadLoss::Result HeadLoss::forward_backward(const torch::Tensor& hidden_ND,
                                            const torch::Tensor& weight_VD,
                                            const torch::Tensor& targets_N, double scale,
                                            torch::Tensor& grad_weight_VD) {
  const torch::NoGradGuard no_grad;
  make_buffers(hidden_ND, weight_VD);
  Result result{.grad_hidden_ND = torch::empty_like(hidden_ND)};
  for (std::int64_t begin = 0; begin < hidden_ND.size(0); begin += logits_PV_.size(0)) {
    const std::int64_t size = std::min(logits_PV_.size(0), hidden_ND.size(0) - begin);
    const Piece piece{begin, size, hidden_ND.narrow(0, begin, size),
                      targets_N.narrow(0, begin, size)};
    gradient_of_logits(piece, weight_VD);
    const auto gradient_PV = logits_PV_.narrow(0, 0, size);
    auto grad_hidden_PD = result.grad_hidden_ND.narrow(0, begin, size);
    at::mm_out(grad_hidden_PD, gradient_PV, weight_VD);
    if (is_low(weight_VD)) {
      at::mm_out(grad_weight_low_VD_, gradient_PV.t(), piece.hidden_PD);
      grad_weight_VD.add_(grad_weight_low_VD_, scale);
    } else {
      grad_weight_VD.addmm_(gradient_PV.t(), piece.hidden_PD, 1.0, scale);
    }
  }
  result.grad_hidden_ND.mul_(scale);
  result.loss_sum = std::accumulate(losses_.begin(), losses_.end(), 0.0);
  if (!hidden_ND.is_cpu()) result.loss_sum = loss_.item<double>();
  return result;
}

}  // namespace lts::train

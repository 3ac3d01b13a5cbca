#include "train/head_loss.h"

#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>

#include "core/error.h"
#include "space/parallel.h"
#include "train/cuda/loss_rows_cuda.h"
#include "train/loss_rows.h"

namespace lts::train {

// N tokens, P tokens of a piece, D model width, V vocabulary, W vocabulary and padding.

namespace {

using space::kernels::best_instruction_set;

/// How many tokens are made logits of at once. The weight and its gradient are read once a piece:
/// small beside the products of so many. Measured: experiments/training.
struct PieceSizes {
  std::int64_t piece;
  std::int64_t part;  ///< of a piece, whose logits are turned into gradients while in the cache
};

PieceSizes piece_sizes(bool is_low, bool on_cpu) {
  constexpr std::int64_t kPart = 256;
  if (on_cpu) return {is_low ? 1024 : 512, kPart};
  return {8192, 8192};  // fewer do not fill a GPU; its cache holds too little for parts
}

bool is_low(const torch::Tensor& tensor) { return tensor.scalar_type() != torch::kFloat32; }

void rows_on_cuda(const torch::Tensor& logits_PW, std::int64_t vocab_size,
                  const torch::Tensor& targets_P, double* losses) {
  LTS_ASSERT(logits_PW.is_contiguous() && logits_PW.size(1) % 8 == 0);
  const CudaLossRows rows = {.logits = logits_PW.data_ptr(),
                             .is_bfloat16 = is_low(logits_PW),
                             .row_stride = logits_PW.size(1),
                             .targets = targets_P.data_ptr<std::int64_t>(),
                             .width = vocab_size,
                             .num_rows = logits_PW.size(0),
                             .losses = losses};
  const c10::impl::VirtualGuardImpl device(logits_PW.device().type());
  void* const stream = device.getStream(logits_PW.device()).native_handle();
  const char* refused = loss_rows_on_cuda(rows, stream);
  if (refused != nullptr) throw runtime_error("", std::string("CUDA: ") + refused);
}

}  // namespace

struct HeadLoss::Piece {
  std::int64_t begin, size;
  torch::Tensor hidden_PD, targets_P;
};

std::int64_t HeadLoss::buffer_bytes(bool is_low, bool on_cpu, std::int64_t vocab_size,
                                    std::int64_t d_model) {
  const std::int64_t logits = piece_sizes(is_low, on_cpu).piece * vocab_size * (is_low ? 2 : 4);
  return logits + (is_low ? 2 * vocab_size * d_model : 0);
}

void HeadLoss::make_buffers(const torch::Tensor& hidden_ND, const torch::Tensor& weight_WD) {
  const std::int64_t num_tokens = hidden_ND.size(0), width = weight_WD.size(0);
  const bool low = is_low(weight_WD), on_cpu = weight_WD.is_cpu();
  const auto options = weight_WD.options().requires_grad(false);
  if (!losses_N_.defined() || losses_N_.size(0) < num_tokens)
    losses_N_ = torch::empty({num_tokens}, options.dtype(torch::kFloat64));
  if (low && on_cpu) scratch_ = torch::empty({at::get_num_threads(), width}, torch::kFloat32);
  const std::int64_t piece = std::min(piece_sizes(low, on_cpu).piece, num_tokens);
  const bool fits = logits_PW_.defined() && logits_PW_.size(0) >= piece &&
                    logits_PW_.size(1) == width && logits_PW_.dtype() == weight_WD.dtype();
  if (fits) return;
  logits_PW_ = torch::empty({piece, width}, options);
  if (low) grad_weight_low_WD_ = torch::empty(weight_WD.sizes(), options);
}

// logits_PW -> softmax(logits_PW) - one_hot(targets_P), and the losses.
void HeadLoss::rows_on_cpu(const torch::Tensor& logits_PW, const torch::Tensor& targets_P,
                           double* losses) {
  const auto set = best_instruction_set();
  const std::int64_t width = logits_PW.size(1);
  const LossRows rows = {targets_P.data_ptr<std::int64_t>(), width, losses};
  space::share_out(logits_PW.size(0), 1, [&](std::int64_t first, std::int64_t end) {
    if (!is_low(logits_PW)) return loss_rows(set, logits_PW.data_ptr<float>(), rows, first, end);
    float* const own = scratch_.data_ptr<float>() + at::get_thread_num() * width;
    loss_rows(set, static_cast<std::uint16_t*>(logits_PW.data_ptr()), rows, first, end,
              {own, static_cast<std::size_t>(width)});
  });
}

void HeadLoss::gradient_of_logits(const Piece& piece, const torch::Tensor& weight_WD) {
  const auto weight_DW = weight_WD.t();
  const std::int64_t part = piece_sizes(is_low(weight_WD), weight_WD.is_cpu()).part;
  for (std::int64_t begin = 0; begin < piece.size; begin += part) {
    const std::int64_t size = std::min(part, piece.size - begin);
    auto logits_PW = logits_PW_.narrow(0, begin, size);
    at::mm_out(logits_PW, piece.hidden_PD.narrow(0, begin, size), weight_DW);
    const auto targets_P = piece.targets_P.narrow(0, begin, size);
    double* const losses = losses_N_.data_ptr<double>() + piece.begin + begin;
    if (logits_PW.is_cpu())
      rows_on_cpu(logits_PW, targets_P, losses);
    else
      rows_on_cuda(logits_PW, vocab_size_, targets_P, losses);
  }
}

torch::Tensor HeadLoss::forward_backward(const torch::Tensor& hidden_ND,
                                         const torch::Tensor& weight_WD,
                                         const torch::Tensor& targets_N, double scale, Sums& sums) {
  const torch::NoGradGuard no_grad;
  LTS_ASSERT(weight_WD.size(0) == vocab_size_ || !weight_WD.is_cpu());
  make_buffers(hidden_ND, weight_WD);
  auto grad_hidden_ND = torch::empty_like(hidden_ND);
  for (std::int64_t begin = 0; begin < hidden_ND.size(0); begin += logits_PW_.size(0)) {
    const std::int64_t size = std::min(logits_PW_.size(0), hidden_ND.size(0) - begin);
    const Piece piece{begin, size, hidden_ND.narrow(0, begin, size),
                      targets_N.narrow(0, begin, size)};
    gradient_of_logits(piece, weight_WD);
    const auto gradient_PW = logits_PW_.narrow(0, 0, size);
    auto grad_hidden_PD = grad_hidden_ND.narrow(0, begin, size);
    at::mm_out(grad_hidden_PD, gradient_PW, weight_WD);
    if (is_low(weight_WD)) {
      at::mm_out(grad_weight_low_WD_, gradient_PW.t(), piece.hidden_PD);
      sums.grad_weight_WD.add_(grad_weight_low_WD_, scale);
    } else {
      sums.grad_weight_WD.addmm_(gradient_PW.t(), piece.hidden_PD, 1.0, scale);
    }
  }
  sums.loss.add_(losses_N_.narrow(0, 0, hidden_ND.size(0)).sum());
  return grad_hidden_ND.mul_(scale);
}

}  // namespace lts::train

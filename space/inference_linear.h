#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>

#include "space/inference_model.h"

namespace lts::space {

// Shape suffixes: M rows (positions of all sequences), K inputs, N outputs.

/// y = x weight^T + bias with the weight packed, on the CPU. Where a result may be given room,
/// `room` is a contiguous tensor of its shape, or undefined; an engine that cannot write there
/// leaves it alone.
class InferenceLinear {
 public:
  virtual ~InferenceLinear() = default;

  /// input_MK, contiguous -> [M,N].
  virtual torch::Tensor apply(const torch::Tensor& input_MK,
                              const torch::Tensor& room_MN = {}) const = 0;
  /// The same through GELU, tanh approximation.
  virtual torch::Tensor apply_gelu(const torch::Tensor& input_MK,
                                   const torch::Tensor& room_MN = {}) const = 0;
  /// Adds the result to `residual_MN`: in place, or in its place a new tensor.
  virtual void add_to(torch::Tensor& residual_MN, const torch::Tensor& input_MK) const = 0;
  /// Whether results go into the room they are given.
  virtual bool takes_room() const { return false; }
  /// Bytes of weight and bias as they are kept, padding included.
  virtual std::int64_t held_bytes() const = 0;
};

/// Whether this LibTorch has an engine for dynamic int8 (FBGEMM, oneDNN or QNNPACK) on this
/// processor.
bool has_int8_linears();

/// Packs a weight [N,K] and a bias [N]; both are copied. fp32 and bf16 weights under fp32 inputs go
/// to the kernels of space/kernels; bf16 to oneDNN or, in a LibTorch without it, to LibTorch's own
/// linear; int8 to LibTorch's quantised engine: a scale for each output, symmetric, inputs
/// quantised as they come. Precondition of int8: has_int8_linears().
std::unique_ptr<InferenceLinear> make_inference_linear(const torch::Tensor& weight_NK,
                                                       const torch::Tensor& bias_N,
                                                       Precision precision);

}  // namespace lts::space

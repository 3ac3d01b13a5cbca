#include "space/inference_linear.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/native/quantized/PackedParams.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "core/error.h"
#include "space/kernels/packed_linear.h"
#include "space/parallel.h"

namespace lts::space {
namespace {

using kernels::Epilogue;

constexpr std::int64_t kWorthAThread = 1 << 16;  // multiply-adds, about a microsecond of one core

/// fp32 by the kernels of this tree, the weight in fp32 or bf16 as it is given.
template <class Value>
class KernelLinear final : public InferenceLinear {
 public:
  KernelLinear(const torch::Tensor& weight_NK, const torch::Tensor& bias_N)
      : num_outputs_(weight_NK.size(0)), num_inputs_(weight_NK.size(1)) {
    const std::int64_t columns = kernels::panel_columns(set_);
    const std::int64_t num_panels = (num_outputs_ + columns - 1) / columns;
    packed_ = torch::empty({kernels::packed_values(set_, num_outputs_, num_inputs_)},
                           weight_NK.options());
    LTS_ASSERT(packed_.element_size() == sizeof(Value));
    bias_ = torch::zeros({num_panels * columns});
    bias_.narrow(0, 0, num_outputs_).copy_(bias_N);
    const auto weight = weight_NK.contiguous();
    const auto* const from = static_cast<const Value*>(weight.const_data_ptr());
    auto* const to = static_cast<Value*>(packed_.mutable_data_ptr());
    share_out(num_panels, 1, [&](std::int64_t first, std::int64_t end) {
      kernels::pack_panels(set_, from, num_outputs_, num_inputs_, first, end, to);
    });
  }

  torch::Tensor apply(const torch::Tensor& input_MK, const torch::Tensor& room_MN) const override {
    return product(input_MK, room_MN, Epilogue::kStore);
  }
  torch::Tensor apply_gelu(const torch::Tensor& input_MK,
                           const torch::Tensor& room_MN) const override {
    return product(input_MK, room_MN, Epilogue::kGelu);
  }
  void add_to(torch::Tensor& residual_MN, const torch::Tensor& input_MK) const override {
    run(input_MK, residual_MN, Epilogue::kAddTo);
  }
  bool takes_room() const override { return true; }
  std::int64_t held_bytes() const override {
    return static_cast<std::int64_t>(packed_.nbytes() + bias_.nbytes());
  }

 private:
  torch::Tensor product(const torch::Tensor& input_MK, const torch::Tensor& room_MN,
                        Epilogue epilogue) const {
    auto output_MN = room_MN.defined() ? room_MN : torch::empty({input_MK.size(0), num_outputs_});
    run(input_MK, output_MN, epilogue);
    return output_MN;
  }

  void run(const torch::Tensor& input_MK, torch::Tensor& output_MN, Epilogue epilogue) const {
    LTS_ASSERT(input_MK.is_contiguous() && output_MN.is_contiguous());
    const kernels::LinearArgumentsOf<Value> arguments{
        .input = input_MK.const_data_ptr<float>(),
        .weight = static_cast<const Value*>(packed_.const_data_ptr()),
        .bias = bias_.const_data_ptr<float>(),
        .output = output_MN.mutable_data_ptr<float>(),
        .num_rows = input_MK.size(0),
        .num_inputs = num_inputs_,
        .num_outputs = num_outputs_,
        .epilogue = epilogue};
    const std::int64_t num_blocks = kernels::num_blocks(set_, arguments.num_rows, num_outputs_);
    const std::int64_t block_work =
        arguments.num_rows * num_inputs_ * num_outputs_ / std::max<std::int64_t>(num_blocks, 1);
    const std::int64_t grain =
        std::max<std::int64_t>(1, kWorthAThread / std::max<std::int64_t>(block_work, 1));
    share_out(num_blocks, grain, [&](std::int64_t first, std::int64_t end) {
      kernels::multiply_blocks(set_, arguments, first, end);
    });
  }

  kernels::InstructionSet set_ = kernels::best_instruction_set();
  std::int64_t num_outputs_, num_inputs_;
  torch::Tensor packed_, bias_;
};

/// LibTorch's own linear, on any device.
class PlainLinear final : public InferenceLinear {
 public:
  PlainLinear(const torch::Tensor& weight_NK, const torch::Tensor& bias_N)
      : weight_NK_(weight_NK.clone()), bias_N_(bias_N.clone()) {}

  torch::Tensor apply(const torch::Tensor& input_MK,
                      const torch::Tensor& /*room_MN*/) const override {
    return at::linear(input_MK, weight_NK_, bias_N_);
  }
  torch::Tensor apply_gelu(const torch::Tensor& input_MK,
                           const torch::Tensor& /*room_MN*/) const override {
    if (input_MK.is_cuda()) {  // one kernel: GELU, by tanh too, in the product's epilogue
      return at::_addmm_activation(bias_N_, input_MK, weight_NK_.t(), 1, 1, /*use_gelu=*/true);
    }
    auto output_MN = apply(input_MK, {});
    return at::gelu_(output_MN, "tanh");
  }
  void add_to(torch::Tensor& residual_MN, const torch::Tensor& input_MK) const override {
    residual_MN.add_(apply(input_MK, {}));
  }
  std::int64_t held_bytes() const override {
    return static_cast<std::int64_t>(weight_NK_.nbytes() + bias_N_.nbytes());
  }

 private:
  torch::Tensor weight_NK_, bias_N_;
};

template <class Signature>
auto operator_of(const char* name, const char* overload = "") {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

/// Whether this LibTorch carries oneDNN and its packed linears, and oneDNN runs bf16 here.
bool has_onednn_bfloat16() {
  static const bool has = [] {
    auto& dispatcher = c10::Dispatcher::singleton();
    const auto supported = dispatcher.findSchema({"mkldnn::_is_mkldnn_bf16_supported", ""});
    return at::hasMKLDNN() && supported && supported->typed<bool()>().call() &&
           dispatcher.findSchema({"mkldnn::_linear_pointwise", "binary"}).has_value() &&
           dispatcher.findSchema({"mkldnn::_reorder_linear_weight", ""}).has_value();
  }();
  return has;
}

/// bf16 by oneDNN, its weight in oneDNN's own layout.
class OneDnnLinear final : public InferenceLinear {
 public:
  OneDnnLinear(const torch::Tensor& weight_NK, const torch::Tensor& bias_N)
      : bias_N_(bias_N.clone()) {
    static const auto reorder =
        operator_of<at::Tensor(const at::Tensor&, std::optional<std::int64_t>)>(
            "mkldnn::_reorder_linear_weight");
    static const auto size_of = operator_of<std::int64_t(const at::Tensor&)>("mkldnn::_nbytes");
    packed_ = reorder.call(weight_NK, std::nullopt);
    packed_bytes_ = size_of.call(packed_);
  }

  torch::Tensor apply(const torch::Tensor& input_MK,
                      const torch::Tensor& /*room_MN*/) const override {
    return pointwise(input_MK, "none", "");
  }
  torch::Tensor apply_gelu(const torch::Tensor& input_MK,
                           const torch::Tensor& /*room_MN*/) const override {
    return pointwise(input_MK, "gelu", "tanh");
  }
  void add_to(torch::Tensor& residual_MN, const torch::Tensor& input_MK) const override {
    static const auto binary =
        operator_of<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                               const std::optional<at::Tensor>&, std::string_view)>(
            "mkldnn::_linear_pointwise", "binary");
    residual_MN = binary.call(input_MK, residual_MN, packed_, bias_N_, "add");
  }
  std::int64_t held_bytes() const override {
    return packed_bytes_ + static_cast<std::int64_t>(bias_N_.nbytes());
  }

 private:
  torch::Tensor pointwise(const torch::Tensor& input_MK, std::string_view function,
                          std::string_view algorithm) const {
    static const auto call = operator_of<at::Tensor(
        const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, std::string_view,
        c10::List<std::optional<at::Scalar>>, std::optional<std::string_view>)>(
        "mkldnn::_linear_pointwise");
    return call.call(input_MK, packed_, bias_N_, function, c10::List<std::optional<at::Scalar>>(),
                     algorithm);
  }

  torch::Tensor packed_, bias_N_;
  std::int64_t packed_bytes_ = 0;
};

/// int8 by LibTorch's quantised engine.
class Int8Linear final : public InferenceLinear {
 public:
  using Packed = c10::intrusive_ptr<LinearPackedParamsBase>;

  Int8Linear(const torch::Tensor& weight_NK, const torch::Tensor& bias_N) {
    static const auto prepack =
        operator_of<Packed(at::Tensor, std::optional<at::Tensor>)>("quantized::linear_prepack");
    constexpr double kLargest = 127.0, kSmallestScale = 1e-12;
    const c10::WarningUtils::WarningHandlerGuard silent(
        &unheard_);  // quantised tensors: deprecated
    const auto scale_N = weight_NK.abs().amax(1).div(kLargest).clamp_min(kSmallestScale);
    const auto zero_point_N = torch::zeros({weight_NK.size(0)}, torch::kInt64);
    packed_ = prepack.call(
        at::quantize_per_channel(weight_NK, scale_N, zero_point_N, 0, torch::kQInt8), bias_N);
    constexpr std::int64_t kBytesOfOutput = 4 + 4 + 4;  // scale, sum of weights, bias
    held_bytes_ = weight_NK.numel() + kBytesOfOutput * weight_NK.size(0);
  }

  torch::Tensor apply(const torch::Tensor& input_MK,
                      const torch::Tensor& /*room_MN*/) const override {
    static const auto dynamic =
        operator_of<at::Tensor(at::Tensor, const Packed&, bool)>("quantized::linear_dynamic");
    return dynamic.call(input_MK, packed_, kernels::int8_products_saturate());
  }
  torch::Tensor apply_gelu(const torch::Tensor& input_MK,
                           const torch::Tensor& /*room_MN*/) const override {
    auto output_MN = apply(input_MK, {});
    return at::gelu_(output_MN, "tanh");
  }
  void add_to(torch::Tensor& residual_MN, const torch::Tensor& input_MK) const override {
    residual_MN.add_(apply(input_MK, {}));
  }
  std::int64_t held_bytes() const override { return held_bytes_; }

 private:
  struct Unheard final : c10::WarningHandler {
    void process(const c10::Warning&) override {}
  };

  Unheard unheard_;
  Packed packed_;
  std::int64_t held_bytes_ = 0;
};

}  // namespace

bool has_int8_linears() {
  return at::globalContext().qEngine() != at::QEngine::NoQEngine &&
         c10::Dispatcher::singleton().findSchema({"quantized::linear_dynamic", ""}).has_value();
}

std::unique_ptr<InferenceLinear> make_inference_linear(const torch::Tensor& weight_NK,
                                                       const torch::Tensor& bias_N,
                                                       Precision precision) {
  // The kernels of this tree and oneDNN are the CPU's.
  if (!weight_NK.is_cpu()) return std::make_unique<PlainLinear>(weight_NK, bias_N);
  if (precision == Precision::kFloat32)
    return std::make_unique<KernelLinear<float>>(weight_NK, bias_N);
  if (precision == Precision::kBfloat16Weights)
    return std::make_unique<KernelLinear<kernels::Bfloat16>>(weight_NK, bias_N);
  if (precision == Precision::kInt8) return std::make_unique<Int8Linear>(weight_NK, bias_N);
  if (has_onednn_bfloat16()) return std::make_unique<OneDnnLinear>(weight_NK, bias_N);
  return std::make_unique<PlainLinear>(weight_NK, bias_N);
}

}  // namespace lts::space

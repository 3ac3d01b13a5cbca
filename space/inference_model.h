#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>

#include "space/language_model.h"

namespace lts::space {

/// In what numbers the linears of an inference form multiply. kInt8 keeps their weights as int8
/// with a scale for each output and quantises their inputs as they come; embeddings, norms,
/// attention and head stay fp32. kBfloat16Weights keeps linears, embedding and head in bf16 and
/// computes in fp32: for a position at a time, where reading the weights takes the time.
enum class Precision { kFloat32, kBfloat16, kInt8, kBfloat16Weights };

/// A model made ready to run fast and never to be trained: weights packed for the kernels of the
/// device, bias, activation and residual addition inside the matrix products, no copies around the
/// attention. Gives what the module gives, to rounding. Runs without gradients.
class InferenceModel {
 public:
  explicit InferenceModel(const Architecture& architecture, torch::Device device = torch::kCPU)
      : architecture_(architecture), device_(device) {}
  virtual ~InferenceModel() = default;

  const Architecture& architecture() const { return architecture_; }
  /// Where its tokens are to be.
  torch::Device device() const { return device_; }

  /// As LanguageModel::trunk: tokens_BT (int64) -> hidden_BTD after the final norm.
  virtual torch::Tensor trunk(const torch::Tensor& tokens_BT, KvCache* cache = nullptr) = 0;
  /// As LanguageModel::head: hidden [..., D] -> logits [..., V].
  virtual torch::Tensor head(const torch::Tensor& hidden) = 0;

  /// Bytes of all its weights as it keeps them, padding included.
  virtual std::int64_t held_bytes() const = 0;
  /// Those of them that are its own, packed; the rest are the module's parameters themselves.
  virtual std::int64_t packed_bytes() const = 0;

 private:
  Architecture architecture_;
  torch::Device device_;
};

using InferencePtr = std::unique_ptr<InferenceModel>;

/// The inference form of a model: its family's (the table stands in model_families.cpp) where that
/// has one for the model's device and `precision`, else the module itself in evaluation mode. Reads
/// the model's weights now; the model is kept for what is not packed. For both precisions of bf16
/// the model's parameters must be bf16. \throws Error kRuntime where this LibTorch cannot multiply
/// in `precision`, or the module itself would have to in int8.
InferencePtr make_inference(const ModelPtr& model, Precision precision);

/// The module itself behind the interface; in fp32 or bf16, as its parameters are. \throws Error
/// kRuntime for int8.
InferencePtr plain_inference(const ModelPtr& model, Precision precision);

}  // namespace lts::space

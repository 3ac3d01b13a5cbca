#include "space/inference_model.h"

#include <string>

#include "core/error.h"
#include "space/family.h"

namespace lts::space {
namespace {

class PlainInference final : public InferenceModel {
 public:
  explicit PlainInference(const ModelPtr& model)
      : InferenceModel(model->architecture(), model->parameters().front().device()), model_(model) {
    model_->eval();
  }

  torch::Tensor trunk(const torch::Tensor& tokens_BT, KvCache* cache) override {
    const c10::InferenceMode inference;
    return model_->trunk(tokens_BT, cache);
  }
  torch::Tensor head(const torch::Tensor& hidden) override {
    const c10::InferenceMode inference;
    return model_->head(hidden);
  }
  std::int64_t held_bytes() const override {
    std::int64_t bytes = 0;
    for (const auto& parameter : model_->parameters())
      bytes += static_cast<std::int64_t>(parameter.nbytes());
    return bytes;
  }
  std::int64_t packed_bytes() const override { return 0; }

 private:
  ModelPtr model_;
};

}  // namespace

InferencePtr plain_inference(const ModelPtr& model, Precision precision) {
  if (precision == Precision::kInt8)
    throw runtime_error(summary(model->architecture()),
                        "dtype int8 needs an inference form, which family '" +
                            std::string(model->architecture().family().name()) +
                            "' does not have here; float32 and bfloat16 work");
  return std::make_unique<PlainInference>(model);
}

}  // namespace lts::space

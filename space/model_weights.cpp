#include "space/model_weights.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "core/error.h"

namespace lts::space {

namespace {

constexpr const char* kHeadName = "lm_head.weight";

std::string shape_text(torch::IntArrayRef shape) {
  std::string text;
  for (const std::int64_t extent : shape)
    text += (text.empty() ? "" : ", ") + std::to_string(extent);
  return "[" + text + "]";
}

// "transformer.": how the names of a model with its head begin; files of the trunk alone lack it.
std::string prefix_of(const LanguageModel& model) {
  const std::string name = model.embedding_name();
  return name.substr(0, name.find('.') + 1);
}

// The weights under the names this program registers, without what it does not learn.
NamedTensors with_our_names(NamedTensors weights, const LanguageModel& model,
                            const std::string& file) {
  const std::string prefix = prefix_of(model);
  NamedTensors renamed;
  for (auto& [name, tensor] : weights) {
    if (!model.is_learned(name)) continue;
    const bool as_registered = name.starts_with(prefix) || name == kHeadName;
    auto full_name = as_registered ? name : prefix + name;
    if (!renamed.emplace(full_name, std::move(tensor)).second)
      throw user_error(
          Place{.file = file},
          "tensor '" + full_name + "' is there twice, with and without '" + prefix + "'");
  }
  return renamed;
}

void check_head_is_tied(NamedTensors& weights, const LanguageModel& model,
                        const std::string& file) {
  const auto head = weights.find(kHeadName);
  if (head == weights.end()) return;
  const std::string embedding_name = model.embedding_name();
  const auto embedding = weights.find(embedding_name);
  if (embedding == weights.end()) {  // a tied pair may be saved under either name
    weights[embedding_name] = head->second;
  } else if (!torch::equal(head->second, embedding->second)) {
    throw user_error(Place{.file = file}, std::string(kHeadName) + " differs from " +
                                              embedding_name +
                                              "; this program's models tie the head to the "
                                              "embedding");
  }
  weights.erase(kHeadName);
}

struct Fit {
  const std::string& name;
  const torch::Tensor& parameter;
  bool transposed;
};

// `tensor` as [out, in], once it is known to fit.
torch::Tensor checked(const torch::Tensor& tensor, const Fit& fit, const std::string& file) {
  const auto dtype = tensor.scalar_type();
  if (dtype != torch::kFloat32 && dtype != torch::kFloat16 && dtype != torch::kBFloat16)
    throw user_error(Place{.file = file}, "tensor '" + fit.name + "': dtype " +
                                              c10::toString(dtype) +
                                              "; F32, BF16 and F16 are accepted");
  const auto expected =
      fit.transposed ? fit.parameter.t().sizes().vec() : fit.parameter.sizes().vec();
  if (tensor.sizes() != torch::IntArrayRef(expected))
    throw user_error(Place{.file = file}, "tensor '" + fit.name + "': shape " +
                                              shape_text(tensor.sizes()) +
                                              "; config.json asks for " + shape_text(expected));
  return fit.transposed ? tensor.t() : tensor;
}

std::set<std::string> transposed_names(const LanguageModel& model) {
  const auto names = model.stored_transposed();
  return {names.begin(), names.end()};
}

void check_all_known(const NamedTensors& weights, const std::set<std::string>& known,
                     const std::string& file) {
  for (const auto& [name, tensor] : weights)
    if (!known.contains(name))
      throw user_error(Place{.file = file},
                       "tensor '" + name + "' is no part of the model in config.json");
}

class ModelWeights final : public WeightSource {
 public:
  explicit ModelWeights(NamedTensors weights) : weights_(std::move(weights)) {}

  void read(const WeightSpec& weight, std::int64_t first, std::span<float> out) override {
    if (weight.name != dense_name_) {
      const auto found = weights_.find(weight.name);
      LTS_ASSERT(found != weights_.end());
      LTS_ASSERT(found->second.sizes() == torch::IntArrayRef(weight.shape));
      dense_ = found->second.cpu().contiguous();
      dense_name_ = weight.name;
    }
    std::copy_n(dense_.const_data_ptr<float>() + first, out.size(), out.begin());
  }

 private:
  NamedTensors weights_;
  std::string dense_name_;
  torch::Tensor dense_;  // the one read last, row-major
};

}  // namespace

NamedTensors hugging_face_weights(const LanguageModel& model) {
  const auto transposed = transposed_names(model);
  NamedTensors weights;
  for (const auto& item : model.named_parameters()) {
    const auto value = item.value().detach().to(torch::kFloat32);
    weights.emplace(item.key(), transposed.contains(item.key()) ? value.t() : value);
  }
  return weights;
}

void copy_hugging_face_weights(LanguageModel& model, NamedTensors weights,
                               const std::string& file) {
  weights = with_our_names(std::move(weights), model, file);
  check_head_is_tied(weights, model, file);
  const auto transposed = transposed_names(model);
  std::vector<std::pair<torch::Tensor, torch::Tensor>> copies;  // parameter, value
  std::set<std::string> known;
  for (const auto& item : model.named_parameters()) {
    const auto& name = *known.insert(item.key()).first;
    const auto found = weights.find(name);
    if (found == weights.end())
      throw user_error(Place{.file = file}, "tensor '" + name + "' is missing");
    const Fit fit{.name = name, .parameter = item.value(), .transposed = transposed.contains(name)};
    copies.emplace_back(item.value(), checked(found->second, fit, file));
  }
  check_all_known(weights, known, file);
  const torch::NoGradGuard no_grad;
  for (auto& [parameter, value] : copies) parameter.copy_(value);
}

std::unique_ptr<WeightSource> weight_source(const LanguageModel& model) {
  return std::make_unique<ModelWeights>(hugging_face_weights(model));
}

void copy_weights(LanguageModel& model, WeightSource& source) {
  NamedTensors weights;
  for (const auto& [name, like] : hugging_face_weights(model)) {
    auto value = torch::empty(like.sizes(), torch::kFloat32);
    source.read({.name = name, .shape = like.sizes().vec()}, 0,
                {value.data_ptr<float>(), static_cast<std::size_t>(value.numel())});
    weights.emplace(name, std::move(value));
  }
  copy_hugging_face_weights(model, std::move(weights), "weights");
}

}  // namespace lts::space

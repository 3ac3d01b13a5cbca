#include "predictor/proxies/gradient/proxy_model.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

#include "core/text.h"

namespace lts::predictor {
namespace {

/// LibTorch's default generator as after manual_seed; afterwards as it was.
class SeededGenerator {
 public:
  explicit SeededGenerator(std::uint64_t seed)
      : generator_(at::detail::getDefaultCPUGenerator()), before_(generator_.get_state()) {
    generator_.set_current_seed(seed);
  }
  ~SeededGenerator() { generator_.set_state(before_); }
  SeededGenerator(const SeededGenerator&) = delete;
  SeededGenerator& operator=(const SeededGenerator&) = delete;

 private:
  at::Generator generator_;
  torch::Tensor before_;
};

space::ModelPtr initial_model(const space::Architecture& architecture, std::uint64_t seed) {
  auto model = space::make_model(architecture);
  const SeededGenerator seeded(seed);
  model->init_weights();
  model->eval();
  return model;
}

torch::Tensor draw_tokens(Rng& rng, const ProxyBatch& batch, std::int64_t vocab_size) {
  auto tokens_BT = torch::empty({batch.batch_size, batch.sequence_length}, torch::kInt64);
  auto* ids = tokens_BT.data_ptr<std::int64_t>();
  std::generate_n(ids, tokens_BT.numel(),
                  [&] { return rng.below(static_cast<std::uint32_t>(vocab_size)); });
  return tokens_BT;
}

bool is_number(const std::string& text) {
  std::int64_t value = 0;
  return parse_int(text, value);
}

bool is_attention(const std::string& part) { return part == "attn" || part == "self_attn"; }

/// The matrices whose names have one of `parts`: "transformer.h.0.attn.c_attn.weight" has a layer's
/// number, as the names of every Hugging Face model do.
std::vector<torch::Tensor> matrices(const space::LanguageModel& model,
                                    const std::function<bool(const std::string&)>& part) {
  std::vector<torch::Tensor> out;
  for (const auto& item : model.named_parameters()) {
    if (item.value().dim() == 2 && std::ranges::any_of(split(item.key(), '.'), part))
      out.push_back(item.value());
  }
  return out;
}

}  // namespace

ProxyModel::ProxyModel(const space::Architecture& architecture, const ProxyBatch& batch)
    : model_(initial_model(architecture, batch.seed)),
      rng_(batch.seed),
      tokens_BT_(draw_tokens(rng_, batch, architecture.scalar("vocab_size"))) {}

std::vector<torch::Tensor> ProxyModel::linears() const { return matrices(*model_, is_number); }

std::vector<torch::Tensor> ProxyModel::attention_linears() const {
  return matrices(*model_, is_attention);
}

torch::Tensor ProxyModel::token_embedding() const {
  const auto parameters = model_->named_parameters();
  return parameters[model_->embedding_name()];
}

torch::Tensor ProxyModel::logits_BTV() { return model_->head(model_->trunk(tokens_BT_)); }

torch::Tensor ProxyModel::loss() {
  const std::int64_t num_targets = tokens_BT_.size(1) - 1;
  const auto logits_BTV = this->logits_BTV().narrow(1, 0, num_targets);
  const auto targets_BT = tokens_BT_.narrow(1, 1, num_targets);
  return torch::cross_entropy_loss(logits_BTV.flatten(0, 1), targets_BT.flatten());
}

std::vector<torch::Tensor> gradients(const torch::Tensor& scalar,
                                     const std::vector<torch::Tensor>& inputs) {
  return torch::autograd::grad({scalar}, inputs);
}

double sum_of(const torch::Tensor& values) {
  return values.detach().sum(torch::kFloat64).item<double>();
}

}  // namespace lts::predictor

#include "train/optimizer.h"

namespace lts::train {

AdamW::AdamW(FlatParameters& parameters, const AdamWOptions& options)
    : parameters_(parameters), options_(options) {
  for (std::size_t i = 0; i < 2; ++i) {
    exp_avgs_[i] = torch::zeros_like(parameters.groups()[i].values);
    exp_avg_sqs_[i] = torch::zeros_like(parameters.groups()[i].values);
  }
}

void AdamW::step(double learning_rate, const torch::Tensor& is_bad) {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < 2; ++i) {
    auto& group = parameters_.groups()[i];
    // The kernel reads the number of this update, from 1, and does not advance it.
    const auto number =
        torch::full({}, static_cast<double>(num_updates_ + 1), group.values.options());
    at::_fused_adamw_({group.values}, {group.gradients}, {exp_avgs_[i]}, {exp_avg_sqs_[i]}, {},
                      {number}, learning_rate, options_.betas[0], options_.betas[1],
                      group.decayed ? options_.weight_decay : 0.0, options_.epsilon,
                      /*amsgrad=*/false, /*maximize=*/false, /*grad_scale=*/{}, is_bad);
  }
  parameters_.refresh();
}

std::vector<torch::Tensor> AdamW::buffers() const {
  return {exp_avgs_[0], exp_avgs_[1], exp_avg_sqs_[0], exp_avg_sqs_[1]};
}

space::NamedTensors AdamW::moments() const {
  space::NamedTensors all;
  for (auto& [name, tensor] : parameters_.named_views(exp_avgs_))
    all.emplace("exp_avg." + name, tensor);
  for (auto& [name, tensor] : parameters_.named_views(exp_avg_sqs_))
    all.emplace("exp_avg_sq." + name, tensor);
  return all;
}

bool AdamW::restore(const space::NamedTensors& saved, std::int64_t num_updates) {
  auto own = moments();
  if (saved.size() != own.size()) return false;
  for (const auto& [name, tensor] : own) {
    const auto found = saved.find(name);
    if (found == saved.end() || found->second.sizes() != tensor.sizes() ||
        found->second.scalar_type() != tensor.scalar_type())
      return false;
  }
  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : own) tensor.copy_(saved.at(name));
  num_updates_ = num_updates;
  return true;
}

}  // namespace lts::train

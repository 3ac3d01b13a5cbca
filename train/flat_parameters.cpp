#include "train/flat_parameters.h"

#include <algorithm>

#include "core/error.h"

namespace lts::train {

namespace {

constexpr std::int64_t kAlignedValues = 16;  // 64 bytes of fp32: kernels round alike at any place
constexpr std::int64_t kNormBlock = 1024;

std::int64_t rounded_up(std::int64_t size, std::int64_t multiple) {
  return (size + multiple - 1) / multiple * multiple;
}

// Summed by blocks: one long fp32 sum of squares loses four digits over 10^7 values.
torch::Tensor norm_of(const torch::Tensor& flat) {
  const auto blocks = at::linalg_vector_norm(flat.view({-1, kNormBlock}), 2, {1});
  return at::linalg_vector_norm(blocks.to(torch::kFloat64), 2);
}

std::int64_t values_with_padding(const torch::Tensor& parameter) {
  if (parameter.dim() < 2) return rounded_up(parameter.numel(), kAlignedValues);
  const std::int64_t rows = rounded_up(parameter.size(0), FlatParameters::kRows);
  return rows * (parameter.numel() / parameter.size(0));
}

}  // namespace

FlatParameters::FlatParameters(space::LanguageModel& model, torch::Dtype dtype,
                               torch::Device device)
    : is_low_(dtype != torch::kFloat32) {
  const torch::NoGradGuard no_grad;
  lay_out(model);
  const auto options = torch::TensorOptions().dtype(torch::kFloat32).device(device);
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    auto& group = groups_[i];
    group.decayed = i == 0;
    group.values = torch::zeros({sizes_[i]}, options);
    group.gradients = torch::zeros({sizes_[i]}, options);
    group.computed = is_low_ ? torch::zeros({sizes_[i]}, options.dtype(dtype)) : group.values;
  }
  for (const auto& slot : slots_) view(slot, groups_[slot.group].values).copy_(slot.parameter);
  refresh();
  point_model_at_computed();
}

void FlatParameters::lay_out(space::LanguageModel& model) {
  for (const auto& item : model.named_parameters()) {
    const std::size_t group = item.value().dim() >= 2 ? 0 : 1;
    slots_.push_back({item.key(), item.value(), group, sizes_[group]});
    sizes_[group] += values_with_padding(item.value());
  }
  for (auto& size : sizes_) size = rounded_up(size, kNormBlock);
}

torch::Tensor FlatParameters::view(const Slot& slot, const torch::Tensor& flat) const {
  return flat.narrow(0, slot.offset, slot.parameter.numel()).view(slot.parameter.sizes());
}

void FlatParameters::point_model_at_values() {
  for (auto& slot : slots_) {
    slot.parameter.mutable_grad().reset();
    slot.parameter.set_data(view(slot, groups_[slot.group].values));
  }
}

void FlatParameters::point_model_at_computed() {
  for (auto& slot : slots_) {
    slot.parameter.mutable_grad().reset();
    slot.parameter.set_data(view(slot, groups_[slot.group].computed));
    // The backward pass then adds to the buffer itself.
    if (!is_low_) slot.parameter.mutable_grad() = view(slot, groups_[slot.group].gradients);
  }
}

void FlatParameters::zero_gradients() {
  for (auto& group : groups_) group.gradients.zero_();
}

void FlatParameters::drop_uncollected_gradients() {
  if (!is_low_) return;
  for (auto& slot : slots_) slot.parameter.mutable_grad().reset();
}

void FlatParameters::collect_gradients() {
  for (const auto& slot : slots_) collect_gradient(slot);
}

void FlatParameters::collect_gradient(const Slot& slot) {
  if (!is_low_) return;
  const torch::NoGradGuard no_grad;
  auto& gradient = slot.parameter.mutable_grad();
  if (!gradient.defined()) return;
  view(slot, groups_[slot.group].gradients).add_(gradient);
  gradient.reset();
}

void FlatParameters::refresh() {
  if (!is_low_) return;
  const torch::NoGradGuard no_grad;
  for (auto& group : groups_) group.computed.copy_(group.values);
}

torch::Tensor FlatParameters::gradient_norm() const {
  const torch::NoGradGuard no_grad;
  return at::hypot(norm_of(groups_[0].gradients), norm_of(groups_[1].gradients));
}

void FlatParameters::clip_gradients(const torch::Tensor& norm, double max_norm) {
  const torch::NoGradGuard no_grad;
  constexpr double kEpsilon = 1e-6;  // as clip_grad_norm_
  if (max_norm <= 0) return;
  const auto factor = (max_norm / (norm + kEpsilon)).clamp_max(1.0);
  // A GPU would have to be waited for; here a pass over all gradients can be saved.
  if (norm.is_cpu() && factor.item<double>() == 1.0) return;
  for (auto& group : groups_) group.gradients.mul_(factor);
}

FlatParameters::Padded FlatParameters::padded(std::string_view name) {
  const auto found = std::ranges::find(slots_, name, &Slot::name);
  LTS_ASSERT(found != slots_.end());
  const Slot& slot = *found;
  const auto view = [&](const torch::Tensor& flat) {
    return flat.narrow(0, slot.offset, values_with_padding(slot.parameter))
        .view({-1, slot.parameter.size(1)});
  };
  const Group& group = groups_[slot.group];
  return {.computed = view(group.computed), .gradient = view(group.gradients)};
}

space::NamedTensors FlatParameters::named_views(const std::array<torch::Tensor, 2>& flat) const {
  space::NamedTensors views;
  for (const auto& slot : slots_) views.emplace(slot.name, view(slot, flat[slot.group]));
  return views;
}

}  // namespace lts::train

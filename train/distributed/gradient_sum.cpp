#include "train/distributed/gradient_sum.h"

#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>

namespace lts::train {

namespace {

using torch::autograd::PostAccumulateGradHook;

/// Called by autograd when a parameter's gradient of a backward pass is whole.
class Completed : public PostAccumulateGradHook {
 public:
  explicit Completed(std::function<void()> tell) : tell_(std::move(tell)) {}
  void operator()(const torch::Tensor& /*parameter*/) override { tell_(); }

 private:
  std::function<void()> tell_;
};

}  // namespace

GradientSum::GradientSum(FlatParameters& parameters, Ranks& ranks, std::int64_t piece_values)
    : parameters_(parameters), ranks_(ranks), piece_of_(parameters.slots().size()) {
  if (!ranks_.are_several()) return;
  cut_group(0, piece_values);
  cut_group(1, piece_values);  // small, and whole only with the first layer's
  watch_parameters();
}

GradientSum::~GradientSum() {
  if (pieces_.empty()) return;
  for (const auto& slot : parameters_.slots())
    torch::autograd::impl::set_post_acc_grad_hooks(slot.parameter, nullptr);
}

// From the last parameter to the first, as the backward pass goes.
void GradientSum::cut_group(std::size_t group, std::int64_t piece_values) {
  const auto& slots = parameters_.slots();
  const torch::Tensor& gradients = parameters_.groups()[group].gradients;
  std::int64_t begin = gradients.numel(), end = begin;
  std::size_t held = 0;
  const auto close = [&] {
    if (held > 0) pieces_.push_back({gradients.narrow(0, begin, end - begin), held, held});
    end = begin;
    held = 0;
  };
  for (std::size_t i = slots.size(); i-- > 0;) {
    if (slots[i].group != group) continue;
    if (end - slots[i].offset > piece_values) close();
    begin = slots[i].offset;
    piece_of_[i] = pieces_.size();
    ++held;
  }
  close();
}

void GradientSum::watch_parameters() {
  const auto& slots = parameters_.slots();
  for (std::size_t i = 0; i < slots.size(); ++i)
    torch::autograd::impl::set_post_acc_grad_hooks(
        slots[i].parameter, std::make_unique<Completed>([this, i] { completed(i); }));
}

void GradientSum::begin() {
  for (auto& piece : pieces_) piece.missing = piece.num_parameters;
  last_pass_ = true;
}

void GradientSum::completed(std::size_t slot) {
  if (!last_pass_) return;
  parameters_.collect_gradient(parameters_.slots()[slot]);
  --pieces_[piece_of_[slot]].missing;
  start_completed();
}

// In one order on all ranks: a piece that is whole waits for those before it.
void GradientSum::start_completed() {
  while (under_way_.size() < pieces_.size() && pieces_[under_way_.size()].missing == 0)
    under_way_.push_back(ranks_.start_sum(pieces_[under_way_.size()].gradients));
}

void GradientSum::finish() {
  last_pass_ = false;
  parameters_.collect_gradients();
  for (auto& piece : pieces_) piece.missing = 0;  // a parameter that no token reached has none
  start_completed();
  for (const auto& wait : under_way_) wait();
  under_way_.clear();
}

}  // namespace lts::train

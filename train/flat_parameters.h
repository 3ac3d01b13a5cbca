#pragma once

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "space/language_model.h"
#include "space/tensor_file.h"

namespace lts::train {

/// A model's parameters in two flat fp32 buffers, those with weight decay (matrices, embeddings
/// too) and those without (biases, norms), with a gradient beside each: what touches all parameters
/// is then a few long loops. A model that computes in fp32 lives in the buffers themselves; one in
/// bfloat16 gets a rounded copy once a step.
class FlatParameters {
 public:
  static constexpr std::int64_t kRows = 64;  ///< that matrices are padded to multiples of

  struct Group {
    bool decayed;
    torch::Tensor values, gradients;  ///< fp32, every parameter 64-byte aligned, gaps 0; a
                                      ///< matrix is followed by rows of 0 up to whole kRows
    torch::Tensor computed;           ///< what the model reads: `values`, or their bfloat16 copy
  };

  struct Slot {
    std::string name;
    torch::Tensor parameter;  ///< the model's own handle
    std::size_t group;
    std::int64_t offset;  ///< of its values in the group's buffers
  };

  /// Moves the parameters of `model`, which must outlive this, into the buffers. Their values stay.
  FlatParameters(space::LanguageModel& model, torch::Dtype dtype, torch::Device device);

  void zero_gradients();
  /// Before a backward pass: forgets what one that failed left to the parameters.
  void drop_uncollected_gradients();
  /// Adds the gradients that a bfloat16 model's backward pass left to the buffers, in fp32.
  void collect_gradients();
  /// The same for one parameter.
  void collect_gradient(const Slot& slot);
  /// Rounds the values anew into what a bfloat16 model computes with.
  void refresh();
  /// The global 2-norm of the gradients, a single fp64 value where they are.
  torch::Tensor gradient_norm() const;
  /// Scales gradients whose norm is `norm` down to `max_norm` where it is above that and max_norm
  /// above 0, as torch.nn.utils.clip_grad_norm_ does.
  void clip_gradients(const torch::Tensor& norm, double max_norm);

  std::array<Group, 2>& groups() { return groups_; }
  /// Every parameter, in the model's order and, in each group, in that of its buffers.
  const std::vector<Slot>& slots() const { return slots_; }
  /// A matrix with the rows of 0 that follow it, views: GPUs multiply by whole tiles several times
  /// faster. Whoever adds to the gradient leaves those rows 0.
  struct Padded {
    torch::Tensor computed, gradient;
  };
  Padded padded(std::string_view name);
  /// Views of `flat` (one buffer a group, laid out as the values) by parameter name.
  space::NamedTensors named_views(const std::array<torch::Tensor, 2>& flat) const;

  /// While it lives, the model's parameters are the fp32 values: to save or to load them.
  class Masters {
   public:
    explicit Masters(FlatParameters& parameters) : parameters_(parameters) {
      parameters_.point_model_at_values();
    }
    Masters(const Masters&) = delete;
    Masters& operator=(const Masters&) = delete;
    ~Masters() { parameters_.point_model_at_computed(); }

   private:
    FlatParameters& parameters_;
  };

 private:
  torch::Tensor view(const Slot& slot, const torch::Tensor& flat) const;
  void lay_out(space::LanguageModel& model);
  void point_model_at_values();
  void point_model_at_computed();

  std::vector<Slot> slots_;
  std::array<std::int64_t, 2> sizes_ = {0, 0};
  std::array<Group, 2> groups_;
  bool is_low_;
};

}  // namespace lts::train

#pragma once

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <vector>

#include "space/tensor_file.h"
#include "train/flat_parameters.h"

namespace lts::train {

struct AdamWOptions {
  std::array<double, 2> betas = {0.9, 0.95};
  double epsilon = 1e-8;      ///< Hugging Face's default
  double weight_decay = 0.1;  ///< of the decayed group only
};

/// AdamW (Loshchilov and Hutter 2019) over flat parameters, by LibTorch's fused kernel: equal to
/// torch.optim.AdamW with two parameter groups.
class AdamW {
 public:
  AdamW(FlatParameters& parameters, const AdamWOptions& options);

  /// One update from the gradients in the parameters' buffers, none where `is_bad` is 1: a single
  /// fp32 value where the parameters are, which is not waited for. Whoever knows its value calls
  /// count_update().
  void step(double learning_rate, const torch::Tensor& is_bad);
  /// The last step() was an update.
  void count_update() { ++num_updates_; }

  /// Updates counted.
  std::int64_t num_updates() const { return num_updates_; }
  void set_num_updates(std::int64_t num_updates) { num_updates_ = num_updates; }

  /// The moments as they lie: two flat buffers each, one a group.
  std::vector<torch::Tensor> buffers() const;

  /// The moments by parameter name, views: "exp_avg.<name>", "exp_avg_sq.<name>".
  space::NamedTensors moments() const;
  /// Copies saved moments back. False (nothing changed) when a name or shape does not fit.
  bool restore(const space::NamedTensors& saved, std::int64_t num_updates);

 private:
  FlatParameters& parameters_;
  AdamWOptions options_;
  std::int64_t num_updates_ = 0;
  std::array<torch::Tensor, 2> exp_avgs_, exp_avg_sqs_;
};

}  // namespace lts::train

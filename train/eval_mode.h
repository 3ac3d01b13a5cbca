#pragma once

#include <torch/torch.h>

namespace lts::train {

/// Eval mode (no dropout) for as long as the guard lives; then the mode the module had.
class EvalMode {
 public:
  explicit EvalMode(torch::nn::Module& module) : module_(module), was_(module.is_training()) {
    module_.eval();
  }
  EvalMode(const EvalMode&) = delete;
  EvalMode& operator=(const EvalMode&) = delete;
  ~EvalMode() { module_.train(was_); }

 private:
  torch::nn::Module& module_;
  bool was_;
};

}  // namespace lts::train

#pragma once

#include <ATen/record_function.h>
#include <torch/torch.h>

#include <string>
#include <vector>

namespace lts::predictor {

/// Collects what an operator ("aten::linear") gives in this thread wherever one of `weights` goes
/// into it, for as long as it lives, in order. It is LibTorch's observer of operators: models need
/// no hooks. The outputs are those of the graph, so that gradients with respect to them exist. One
/// at a time in a thread.
class OutputTap {
 public:
  struct Seen {
    torch::Tensor weight, output;
  };

  OutputTap(std::string op, std::vector<torch::Tensor> weights);
  ~OutputTap();
  OutputTap(const OutputTap&) = delete;
  OutputTap& operator=(const OutputTap&) = delete;

  const std::vector<Seen>& seen() const { return seen_; }
  std::vector<torch::Tensor> outputs() const;

 private:
  struct Context;
  static std::unique_ptr<at::ObserverContext> on_start(const at::RecordFunction& call);
  static void on_end(const at::RecordFunction& call, at::ObserverContext* context);

  std::string op_;
  std::vector<torch::Tensor> weights_;
  std::vector<Seen> seen_;
  at::CallbackHandle handle_;
};

}  // namespace lts::predictor

#include "predictor/proxies/gradient/output_tap.h"

#include <string_view>
#include <utility>

#include "core/error.h"

namespace lts::predictor {
namespace {

thread_local OutputTap* current = nullptr;  // observers are plain functions

}  // namespace

struct OutputTap::Context final : at::ObserverContext {
  explicit Context(torch::Tensor weight_seen) : weight(std::move(weight_seen)) {}
  torch::Tensor weight;
};

OutputTap::OutputTap(std::string op, std::vector<torch::Tensor> weights)
    : op_(std::move(op)), weights_(std::move(weights)) {
  LTS_ASSERT(current == nullptr);
  current = this;
  handle_ = at::addThreadLocalCallback(at::RecordFunctionCallback(on_start, on_end)
                                           .needsInputs(true)
                                           .needsOutputs(true)
                                           .scopes({at::RecordScope::FUNCTION}));
}

OutputTap::~OutputTap() {
  at::removeCallback(handle_);
  current = nullptr;
}

std::vector<torch::Tensor> OutputTap::outputs() const {
  std::vector<torch::Tensor> out;
  for (const Seen& seen : seen_) out.push_back(seen.output);
  return out;
}

std::unique_ptr<at::ObserverContext> OutputTap::on_start(const at::RecordFunction& call) {
  if (current == nullptr || std::string_view(call.name()) != current->op_) return nullptr;
  for (const c10::IValue& input : call.inputs()) {
    if (!input.isTensor()) continue;
    for (const torch::Tensor& weight : current->weights_) {
      if (input.toTensor().is_same(weight)) return std::make_unique<Context>(weight);
    }
  }
  return nullptr;
}

void OutputTap::on_end(const at::RecordFunction& call, at::ObserverContext* context) {
  if (current == nullptr || context == nullptr) return;
  current->seen_.push_back({.weight = static_cast<Context*>(context)->weight,
                            .output = call.outputs().at(0).toTensor()});
}

}  // namespace lts::predictor

#include "predictor/proxies/gradient_proxies.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "predictor/profilers/failure_reason.h"
#include "predictor/profilers/thread_count.h"
#include "predictor/proxies/gradient/proxy_model.h"
#include "predictor/proxies/gradient/scores.h"

namespace lts::predictor {
namespace {

// One line a proxy.
constexpr std::array kGradientProxies{
    GradientProxy{"grad_norm", grad_norm},
    GradientProxy{"snip", snip},
    GradientProxy{"grasp", grasp},
    GradientProxy{"fisher", fisher},
    GradientProxy{"jacob_cov", jacob_cov, 2},
    GradientProxy{"synflow", synflow},
    GradientProxy{"synaptic_diversity", synaptic_diversity},
};

/// The attention of plain matrix products for as long as it lives: the fused kernel has no second
/// derivative, which grasp asks for.
class PlainAttention {
 public:
  PlainAttention() : before_(at::globalContext().userEnabledFlashSDP()) {
    at::globalContext().setSDPUseFlash(false);
  }
  ~PlainAttention() { at::globalContext().setSDPUseFlash(before_); }
  PlainAttention(const PlainAttention&) = delete;
  PlainAttention& operator=(const PlainAttention&) = delete;

 private:
  bool before_;
};

class GradientEvaluator final : public Evaluator {
 public:
  GradientEvaluator(const GradientProxy& proxy, const ProxyBatch& batch)
      : proxy_(proxy), batch_(batch) {}

  Cost cost() const override { return Cost::kCheap; }
  std::string unit() const override { return ""; }

  Outcome evaluate(const space::Architecture& architecture) override {
    const ThreadCount one_thread(1);  // sums in one order
    const PlainAttention attention;
    try {
      ProxyModel net(architecture, batch_);
      const double value = proxy_.score(net);
      if (std::isfinite(value)) return Measurement{.value = value};
      return Failure{"candidate", std::string(proxy_.name) + " is not a finite number"};
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kStopped) throw;
      return Failure{"candidate", error.what()};
    } catch (const std::exception& error) {
      return Failure{"candidate", failure_reason(error)};
    }
  }

 private:
  const GradientProxy& proxy_;
  ProxyBatch batch_;
};

}  // namespace

std::span<const GradientProxy> gradient_proxies() { return kGradientProxies; }

std::vector<std::string> gradient_proxy_names() {
  std::vector<std::string> names;
  for (const GradientProxy& proxy : kGradientProxies) names.emplace_back(proxy.name);
  return names;
}

std::shared_ptr<Evaluator> make_gradient_proxy(const std::string& name, const ProxyBatch& batch) {
  const auto proxy = std::ranges::find(kGradientProxies, name, &GradientProxy::name);
  if (proxy == kGradientProxies.end())
    throw user_error("unknown gradient proxy '" + name + "'" +
                     accepted_names(name, gradient_proxy_names()));
  if (batch.batch_size < proxy->min_sequences)
    throw user_error(name + " compares sequences: batch_size is " +
                     std::to_string(batch.batch_size) + "; accepted: an integer from " +
                     std::to_string(proxy->min_sequences));
  return std::make_shared<GradientEvaluator>(*proxy, batch);
}

ProxySource gradient_proxy_source() {
  return {.names = gradient_proxy_names(), .make = make_gradient_proxy};
}

}  // namespace lts::predictor

#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "predictor/objective.h"
#include "predictor/proxies/proxy_source.h"

namespace lts::predictor {

class ProxyModel;

/// A proxy that looks at a freshly initialised model and its gradients on one small batch. No
/// training; a few passes over the model.
struct GradientProxy {
  std::string_view name;
  double (*score)(ProxyModel& net);  ///< gradient/scores.h has the definitions
  int min_sequences = 1;             ///< of the batch
};

/// Every gradient proxy.
std::span<const GradientProxy> gradient_proxies();
std::vector<std::string> gradient_proxy_names();

/// The evaluator of a gradient proxy, of Cost::kCheap. The same value for the same batch and seed
/// whatever the number of threads: it computes on one. A model that does not fit into memory, a
/// sequence that is too long and a value that is no finite number are Failures. \throws Error kUser
/// naming the accepted ones, or for a batch that is too small.
std::shared_ptr<Evaluator> make_gradient_proxy(const std::string& name,
                                               const ProxyBatch& batch = {});

/// All of them, for a search.
ProxySource gradient_proxy_source();

}  // namespace lts::predictor

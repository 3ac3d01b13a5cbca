#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "predictor/objective.h"

namespace lts::predictor {

/// What a gradient proxy is computed on: sequences of token ids drawn evenly from the vocabulary.
/// `seed` draws them and the model's initial weights.
struct ProxyBatch {
  int batch_size = 4;
  int sequence_length = 64;
  std::uint64_t seed = 1;
};

/// Proxies that stand above this library because they need LibTorch: whoever links them hands them
/// in, as a test does with a fake.
struct ProxySource {
  std::vector<std::string> names{};
  /// The evaluator of one of `names`. \throws Error kUser for a batch it cannot be computed on.
  std::function<std::shared_ptr<Evaluator>(const std::string& name, const ProxyBatch& batch)>
      make{};
};

}  // namespace lts::predictor

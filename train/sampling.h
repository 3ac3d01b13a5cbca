#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"

namespace lts::train {

enum class Decoding { kGreedy, kSample };

/// How the next token is chosen from the logits.
struct SamplingOptions {
  Decoding decoding = Decoding::kSample;
  double temperature = 0.8;  ///< logits are divided by it; above 0
  double top_p = 0.95;     ///< smallest set of the likeliest tokens that reaches it; (0, 1], 1: all
  std::int64_t top_k = 0;  ///< the k likeliest tokens only; 0: all
  std::uint64_t seed = 1;  ///< sampling's only source of chance

  /// \throws Error kUser naming the option out of range.
  void validate() const;
};

/// A token and its probability.
struct Choice {
  std::int32_t id = 0;
  double probability = 0;
};

/// What may be sampled, likeliest first (ties: smaller id first), probabilities summing to 1:
/// temperature, then top_k, then top_p, as Hugging Face's logits warpers.
std::vector<Choice> choices(std::span<const float> logits, const SamplingOptions& options);

/// Chooses next tokens. The same seed and logits give the same tokens on every platform.
class Sampler {
 public:
  /// \throws Error kUser as SamplingOptions::validate.
  explicit Sampler(const SamplingOptions& options);
  /// The likeliest token (the smallest id of equals) or a drawn one. \throws Error kRuntime when a
  /// logit is not a number.
  std::int32_t next(std::span<const float> logits);

 private:
  SamplingOptions options_;
  Rng rng_;
};

}  // namespace lts::train

#include "train/sampling.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"
#include "core/text.h"

namespace lts::train {

namespace {

bool likelier(const Choice& a, const Choice& b) {
  return a.probability != b.probability ? a.probability > b.probability : a.id < b.id;
}

// The likeliest token, the smallest id of equals; refuses logits that are no numbers.
std::int32_t likeliest(std::span<const float> logits) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (std::isnan(logits[i])) throw runtime_error("", "the model's logits are not numbers");
    if (logits[i] > logits[best]) best = i;
  }
  if (!logits.empty() && !std::isfinite(logits[best]))
    throw runtime_error("", "the model's logits are not finite");
  return static_cast<std::int32_t>(best);
}

std::vector<Choice> softmax(std::span<const float> logits, double temperature) {
  const double max = logits[static_cast<std::size_t>(likeliest(logits))];
  std::vector<Choice> all(logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i)
    all[i] = {static_cast<std::int32_t>(i), std::exp((logits[i] - max) / temperature)};
  return all;
}

void normalise(std::vector<Choice>& choices) {
  double sum = 0;
  for (const auto& choice : choices) sum += choice.probability;
  for (auto& choice : choices) choice.probability /= sum;
}

void keep_top_k(std::vector<Choice>& choices, std::size_t k) {
  if (k == 0 || k >= choices.size()) return;
  const auto end = choices.begin() + static_cast<std::ptrdiff_t>(k);
  std::nth_element(choices.begin(), end, choices.end(), likelier);
  choices.erase(end, choices.end());
}

// Tokens below (1 - p) / n cannot be needed: together they are less than 1 - p. Dropping them first
// leaves few to sort.
void keep_top_p(std::vector<Choice>& choices, double top_p) {
  if (top_p < 1) {
    const double least = (1 - top_p) / static_cast<double>(choices.size());
    std::erase_if(choices, [&](const Choice& choice) { return choice.probability < least; });
  }
  std::ranges::sort(choices, likelier);
  if (top_p >= 1) return;
  double sum = 0;
  std::size_t kept = 0;
  while (kept < choices.size() && sum < top_p) sum += choices[kept++].probability;
  choices.resize(kept);
}

}  // namespace

void SamplingOptions::validate() const {
  if (!(temperature > 0) || !std::isfinite(temperature))
    throw user_error("temperature is " + python_repr(temperature) +
                     "; a number above 0 is accepted "
                     "(for the likeliest token always, decode greedily)");
  if (!(top_p > 0 && top_p <= 1))
    throw user_error("top_p is " + python_repr(top_p) + "; above 0 and at most 1 is accepted");
  if (top_k < 0)
    throw user_error("top_k is " + std::to_string(top_k) + "; 0 (all) or more is accepted");
}

std::vector<Choice> choices(std::span<const float> logits, const SamplingOptions& options) {
  auto kept = softmax(logits, options.temperature);
  keep_top_k(kept, static_cast<std::size_t>(options.top_k));
  normalise(kept);
  keep_top_p(kept, options.top_p);
  normalise(kept);
  return kept;
}

Sampler::Sampler(const SamplingOptions& options) : options_(options), rng_(options.seed) {
  options.validate();
}

std::int32_t Sampler::next(std::span<const float> logits) {
  if (options_.decoding == Decoding::kGreedy) return likeliest(logits);
  const auto kept = choices(logits, options_);
  double remaining = rng_.random();
  for (const auto& choice : kept)
    if ((remaining -= choice.probability) < 0) return choice.id;
  return kept.back().id;  // rounding left a little
}

}  // namespace lts::train

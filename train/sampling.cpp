#include "train/sampling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/text.h"

namespace lts::train {

namespace {

bool likelier(const Choice& a, const Choice& b) {
  return a.probability != b.probability ? a.probability > b.probability : a.id < b.id;
}

// The largest number; refuses what is none. Side by side, so that vectors can do it: one after
// another it takes longer than a small model's layers.
float largest(std::span<const float> values) {
  constexpr std::size_t kLanes = 32;
  std::array<float, kLanes> best;
  best.fill(-std::numeric_limits<float>::infinity());
  std::array<std::int32_t, kLanes> strange{};
  const auto take = [&](float value, std::size_t lane) {
    best[lane] = value > best[lane] ? value : best[lane];
    strange[lane] |= static_cast<std::int32_t>(value != value);
  };
  std::size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) take(values[i + lane], lane);
  for (; i < values.size(); ++i) take(values[i], i % kLanes);
  if (std::ranges::any_of(strange, [](std::int32_t found) { return found != 0; }))
    throw runtime_error("", "the model's logits are not numbers");
  return std::ranges::max(best);
}

// The likeliest token, the smallest id of equals.
std::int32_t likeliest(std::span<const float> logits) {
  constexpr std::size_t kBlock = 1024;
  float best = -std::numeric_limits<float>::infinity();
  std::size_t best_block = 0;
  for (std::size_t begin = 0; begin < logits.size(); begin += kBlock) {
    const float top = largest(logits.subspan(begin, std::min(kBlock, logits.size() - begin)));
    if (top > best) best = top, best_block = begin;
  }
  if (!logits.empty() && !std::isfinite(best))
    throw runtime_error("", "the model's logits are not finite");
  const auto found =
      std::find(logits.begin() + static_cast<std::ptrdiff_t>(best_block), logits.end(), best);
  return static_cast<std::int32_t>(found - logits.begin());
}

void normalise(std::span<Choice> choices) {
  double sum = 0;
  for (const auto& choice : choices) sum += choice.probability;
  for (auto& choice : choices) choice.probability /= sum;
}

// The probabilities of all tokens or the top k, in no order.
std::vector<Choice> softmax(std::span<const float> logits, const SamplingOptions& options) {
  const double max = logits[static_cast<std::size_t>(likeliest(logits))];
  std::vector<Choice> kept(logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i)
    kept[i] = {static_cast<std::int32_t>(i), logits[i]};
  const auto k = static_cast<std::size_t>(options.top_k);
  if (k > 0 && k < kept.size()) {  // by their logits: the exponentials of the others are not needed
    std::ranges::nth_element(kept, kept.begin() + options.top_k, likelier);
    kept.resize(k);
  }
  for (auto& choice : kept)
    choice.probability = std::exp((choice.probability - max) / options.temperature);
  normalise(kept);
  return kept;
}

// Choices in order as far as anybody asks: of tens of thousands a few are drawn from.
class Ranking {
 public:
  explicit Ranking(std::vector<Choice> choices) : choices_(std::move(choices)) {}

  std::size_t size() const { return choices_.size(); }
  /// The i-th likeliest. Precondition: i < size().
  const Choice& operator[](std::size_t i) {
    while (i >= num_ordered_) order_more();
    return choices_[i];
  }
  /// The likeliest `count`. Precondition: they have been asked for.
  std::vector<Choice> first(std::size_t count) && {
    choices_.resize(count);
    return std::move(choices_);
  }

 private:
  void order_more() {
    const auto begin = choices_.begin() + static_cast<std::ptrdiff_t>(num_ordered_);
    num_ordered_ = std::min(choices_.size(), 64 + 4 * num_ordered_);
    const auto end = choices_.begin() + static_cast<std::ptrdiff_t>(num_ordered_);
    std::nth_element(begin, end, choices_.end(), likelier);
    std::sort(begin, end, likelier);
  }

  std::vector<Choice> choices_;
  std::size_t num_ordered_ = 0;
};

// Tokens below (1 - p) / n cannot be needed: together they are less than 1 - p. Dropping them first
// leaves few to order.
void drop_unlikely(std::vector<Choice>& choices, double top_p) {
  const double least = (1 - top_p) / static_cast<double>(choices.size());
  std::erase_if(choices, [&](const Choice& choice) { return choice.probability < least; });
}

// How many of the likeliest reach `probability` together.
std::size_t num_reaching(Ranking& ranking, double probability) {
  double sum = 0;
  std::size_t count = 0;
  while (count < ranking.size() && sum < probability) sum += ranking[count++].probability;
  return count;
}

// The one at which the probabilities, likeliest first, exceed `remaining`.
template <class Ranked>
std::int32_t drawn(Ranked&& ranked, double remaining) {
  for (std::size_t i = 0; i < ranked.size(); ++i)
    if ((remaining -= ranked[i].probability) < 0) return ranked[i].id;
  return ranked[ranked.size() - 1].id;  // rounding left a little
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
  auto all = softmax(logits, options);
  if (options.top_p < 1) drop_unlikely(all, options.top_p);
  Ranking ranking(std::move(all));
  const std::size_t count = num_reaching(
      ranking, options.top_p < 1 ? options.top_p : std::numeric_limits<double>::infinity());
  auto kept = std::move(ranking).first(count);
  normalise(kept);
  return kept;
}

Sampler::Sampler(const SamplingOptions& options) : options_(options), rng_(options.seed) {
  options.validate();
}

std::int32_t Sampler::next(std::span<const float> logits) {
  if (options_.decoding == Decoding::kGreedy) return likeliest(logits);
  if (options_.top_p < 1) return drawn(choices(logits, options_), rng_.random());
  return drawn(Ranking(softmax(logits, options_)), rng_.random());
}

}  // namespace lts::train

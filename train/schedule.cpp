#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lts::train {

namespace {

constexpr std::int64_t kWsdDecayShare = 5;  // wsd decays over the last fifth of the steps

double ratio(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(std::max<std::int64_t>(1, whole));
}

double cosine(double progress) {
  return std::max(0.0, 0.5 * (1.0 + std::cos(std::numbers::pi * progress)));
}

// 1 after the warm-up, 0 at the end.
double decay(const TrainConfig& config, std::int64_t step) {
  const std::int64_t after_warmup = step - config.warmup_steps;
  const std::int64_t decaying = config.steps - config.warmup_steps;
  switch (config.schedule) {
    case Schedule::kCosine:
      return cosine(ratio(after_warmup, decaying));
    case Schedule::kLinear:
      return std::max(0.0, ratio(config.steps - step, decaying));
    case Schedule::kConstant:
      return 1.0;
    case Schedule::kWsd:
      break;
  }
  const std::int64_t decay_steps = config.steps / kWsdDecayShare;
  const std::int64_t decay_begin = std::max(config.warmup_steps, config.steps - decay_steps);
  if (step < decay_begin) return 1.0;
  return step >= config.steps ? 0.0 : cosine(ratio(step - decay_begin, config.steps - decay_begin));
}

}  // namespace

double learning_rate(const TrainConfig& config, std::int64_t step) {
  if (step < config.warmup_steps) return config.learning_rate * ratio(step, config.warmup_steps);
  const double lowest = config.schedule == Schedule::kConstant ? 0.0 : config.min_learning_rate;
  return lowest + (config.learning_rate - lowest) * decay(config, step);
}

}  // namespace lts::train

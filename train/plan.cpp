#include "train/plan.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "space/family.h"
#include "train/head_loss.h"

namespace lts::train {

namespace {

constexpr std::int64_t kTokenizerBytes = 6 << 20;  // GPT-2's files in a Hugging Face folder
constexpr std::int64_t kLibraryBytes = 300 << 20;  // LibTorch resident

/// As if the model had so many positions.
space::Architecture with_positions(const space::Architecture& architecture, std::int64_t length) {
  std::vector<std::int32_t> genes;
  for (const auto& spec : architecture.family().genes()) {
    const auto values = architecture.gene(spec.name);
    genes.insert(genes.end(), values.begin(), values.end());
    if (spec.name == "max_sequence_length") genes.back() = static_cast<std::int32_t>(length);
  }
  return {architecture.family(), std::move(genes), architecture.dropatt()};
}

}  // namespace

double training_flops_per_token(const TrainConfig& config,
                                const space::Architecture& architecture) {
  const auto as_trained = with_positions(architecture, config.sequence_length);
  return 3.0 * static_cast<double>(as_trained.family().counts(as_trained).flops_per_token);
}

TrainPlan plan(const TrainConfig& config, const space::Architecture& architecture) {
  const auto counts = architecture.family().counts(architecture);
  TrainPlan plan;
  plan.parameters = counts.total_params();
  plan.steps = config.steps;
  plan.tokens = config.steps * config.tokens_per_step();
  plan.micro_batch_size = config.actual_micro_batch_size();
  plan.passes_per_step = config.sequences_per_rank() / plan.micro_batch_size;
  plan.flops = training_flops_per_token(config, architecture) * static_cast<double>(plan.tokens);
  const bool low = config.dtype == Precision::kBfloat16;
  const std::int64_t width = low ? 2 : 4;
  const std::int64_t pass_tokens = plan.micro_batch_size * config.sequence_length;
  const std::int64_t states = plan.parameters * (16 + (low ? 4 : 0));
  const std::int64_t logits =
      HeadLoss::buffer_bytes(low, config.device == "cpu", architecture.scalar("vocab_size"),
                             architecture.scalar("d_model"));
  const std::int64_t kept = pass_tokens * counts.kept_values_per_token * width;
  const std::int64_t saving = 12 * plan.parameters;  // weights and moments as the files' bytes
  plan.memory_bytes = kLibraryBytes + states + std::max(logits + kept, saving);
  const std::int64_t folder = 4 * plan.parameters + kTokenizerBytes;
  plan.disk_bytes = (config.checkpoint_keep + 1) * (folder + 8 * plan.parameters) + folder;
  return plan;
}

TrainPlan one_after_another(std::span<const TrainPlan> plans) {
  TrainPlan all{.time_s = 0.0};
  for (const TrainPlan& plan : plans) {
    all.parameters += plan.parameters;
    all.steps += plan.steps;
    all.tokens += plan.tokens;
    all.flops += plan.flops;
    if (all.time_s && plan.time_s)
      *all.time_s += *plan.time_s;
    else
      all.time_s.reset();
    all.memory_bytes = std::max(all.memory_bytes, plan.memory_bytes);
    all.disk_bytes += plan.disk_bytes;
  }
  return all;
}

}  // namespace lts::train

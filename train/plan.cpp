#include "train/plan.h"

#include <algorithm>

#include "space/family.h"
#include "train/head_loss.h"

namespace lts::train {

namespace {

constexpr std::int64_t kTokenizerBytes = 6 << 20;  // GPT-2's files in a Hugging Face folder
constexpr std::int64_t kLibraryBytes = 300 << 20;  // LibTorch resident

// Values that the backward pass of one token keeps: per layer the inputs and outputs of both norms,
// query, key, value, the attention's output, the residual sums, the feed-forward block's inside
// before and after GELU; then the final norm.
std::int64_t kept_values_per_token(const space::Architecture& architecture) {
  const std::int64_t d_model = architecture.scalar("d_model");
  std::int64_t values = 3 * d_model;
  for (std::int64_t layer = 0; layer < architecture.n_layer(); ++layer) {
    const auto d_inner = architecture.in_layer("d_inner", static_cast<std::size_t>(layer));
    values += 10 * d_model + 2 * d_inner;
  }
  return values;
}

}  // namespace

TrainPlan plan(const TrainConfig& config, const space::Architecture& architecture) {
  const auto counts = architecture.family().counts(architecture);
  TrainPlan plan;
  plan.parameters = counts.total_params();
  plan.steps = config.steps;
  plan.tokens = config.steps * config.tokens_per_step();
  plan.micro_batch_size = config.actual_micro_batch_size();
  plan.passes_per_step = config.global_batch_size / plan.micro_batch_size;
  plan.flops = 3.0 * static_cast<double>(counts.flops_per_token) * static_cast<double>(plan.tokens);
  const bool low = config.dtype == Precision::kBfloat16;
  const std::int64_t width = low ? 2 : 4;
  const std::int64_t pass_tokens = plan.micro_batch_size * config.sequence_length;
  const std::int64_t states = plan.parameters * (16 + (low ? 4 : 0));
  const std::int64_t logits = kPieceTokens * architecture.scalar("vocab_size") * 8;
  const std::int64_t kept = pass_tokens * kept_values_per_token(architecture) * width;
  const std::int64_t saving = 12 * plan.parameters;  // weights and moments as the files' bytes
  plan.memory_bytes = kLibraryBytes + states + std::max(logits + kept, saving);
  const std::int64_t folder = 4 * plan.parameters + kTokenizerBytes;
  plan.disk_bytes = (config.checkpoint_keep + 1) * (folder + 8 * plan.parameters) + folder;
  return plan;
}

}  // namespace lts::train

#include "train/evaluate.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "core/error.h"
#include "core/turn.h"
#include "train/eval_mode.h"
#include "train/vector_math.h"

namespace lts::train {

// Shape suffixes: B windows of a batch, T tokens of a window, N = B * T, D model width, V
// vocabulary.

namespace {

constexpr std::int64_t kMaxLogitsBytes = 64 << 20;

struct Windows {
  std::int64_t length;        // tokens predicted by a full window
  std::int64_t batch_size;    // full windows a batch
  std::int64_t num_to_score;  // tokens predicted in all
};

void check_positive(std::int64_t value, std::int64_t least, const char* name) {
  if (value < least)
    throw user_error(std::string(name) + " is " + std::to_string(value) + "; " +
                     std::to_string(least) + " or more is accepted");
}

std::int64_t window_length(const space::Architecture& architecture, const EvalOptions& options) {
  const std::int64_t longest = architecture.scalar("max_sequence_length");
  if (options.sequence_length > longest)
    throw user_error("sequence_length " + std::to_string(options.sequence_length) +
                     " is above the model's max_sequence_length of " + std::to_string(longest));
  return options.sequence_length == 0 ? longest : options.sequence_length;
}

Windows plan(const space::Architecture& architecture, const TokenDataset& dataset,
             const EvalOptions& options) {
  check_positive(options.sequence_length, 0, "sequence_length");
  check_positive(options.batch_size, 1, "batch_size");
  check_positive(options.num_batches, 0, "num_batches");
  if (dataset.vocab_size() > architecture.scalar("vocab_size"))
    throw user_error("the data's vocabulary has " + std::to_string(dataset.vocab_size()) +
                     " tokens, the model's " + std::to_string(architecture.scalar("vocab_size")));
  if (dataset.num_tokens() < 2)
    throw user_error("the data have " + std::to_string(dataset.num_tokens()) +
                     " tokens; at least 2 are needed to score a model");
  Windows windows{.length = window_length(architecture, options),
                  .batch_size = options.batch_size,
                  .num_to_score = dataset.num_tokens() - 1};
  if (options.num_batches > 0)
    windows.num_to_score =
        std::min(windows.num_to_score, options.num_batches * options.batch_size * windows.length);
  return windows;
}

// Tokens [begin, begin + num_windows * length] as inputs and, shifted by one, targets.
struct WindowBatch {
  torch::Tensor inputs_BT, targets_N;
};

WindowBatch read_batch(const TokenDataset& dataset, std::int64_t begin, std::int64_t num_windows,
                       std::int64_t length, torch::Device device) {
  const std::int64_t num_tokens = num_windows * length;
  const auto tokens = torch::empty({num_tokens + 1}, torch::kInt64);
  dataset.copy(
      begin, std::span(tokens.data_ptr<std::int64_t>(), static_cast<std::size_t>(num_tokens + 1)));
  const auto on_device = tokens.to(device);
  return {.inputs_BT = on_device.narrow(0, 0, num_tokens).view({num_windows, length}),
          .targets_N = on_device.narrow(0, 1, num_tokens)};
}

// Sum of the negative log-likelihoods, the head in pieces that keep the logits small. Pauses while
// another process of lts measures.
double summed_loss(space::LanguageModel& model, const WindowBatch& batch) {
  const WorkTurn turn;
  const auto hidden_ND = model.trunk(batch.inputs_BT).flatten(0, 1);
  const std::int64_t vocab_size = model.architecture().scalar("vocab_size");
  const std::int64_t piece = std::max<std::int64_t>(1, kMaxLogitsBytes / (4 * vocab_size));
  double sum = 0;
  for (std::int64_t begin = 0; begin < hidden_ND.size(0); begin += piece) {
    const std::int64_t rows = std::min(piece, hidden_ND.size(0) - begin);
    const auto logits_NV = model.head(hidden_ND.narrow(0, begin, rows)).to(torch::kFloat32);
    const auto targets_N1 = batch.targets_N.narrow(0, begin, rows).unsqueeze(1);
    const auto loss_N = logits_NV.logsumexp(1) - logits_NV.gather(1, targets_N1).squeeze(1);
    sum += loss_N.sum(torch::kFloat64).item<double>();
  }
  return sum;
}

}  // namespace

EvalResult evaluate(space::LanguageModel& model, const TokenDataset& dataset,
                    const EvalOptions& options) {
  const Windows windows = plan(model.architecture(), dataset, options);
  choose_vector_math();
  const c10::InferenceMode inference;
  const EvalMode eval(model);
  const torch::Device device = model.parameters().front().device();
  EvalResult result;
  std::int64_t begin = 0;
  for (std::int64_t i = 0; begin < windows.num_to_score; ++i) {
    const std::int64_t left = windows.num_to_score - begin;
    // Full windows as long as there are some, then one shorter one.
    const std::int64_t num_windows = std::min(windows.batch_size, left / windows.length);
    const std::int64_t length = num_windows > 0 ? windows.length : left;
    const std::int64_t num_in_batch = std::max<std::int64_t>(num_windows, 1);
    if (i % options.shares == options.share) {
      const auto batch = read_batch(dataset, begin, num_in_batch, length, device);
      result.loss_sum += summed_loss(model, batch);
      result.tokens += batch.targets_N.numel();
    }
    begin += num_in_batch * length;
    const bool round = (i + 1) % options.shares == 0 || begin == windows.num_to_score;
    if (options.progress && round) options.progress(begin, windows.num_to_score);
  }
  result.loss = result.loss_sum / static_cast<double>(result.tokens);
  result.perplexity = std::exp(result.loss);
  return result;
}

}  // namespace lts::train

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

// Shape suffixes: B windows of a batch, T tokens of a window, N tokens scored, D model width, V
// vocabulary.

namespace {

constexpr std::int64_t kMaxLogitsBytes = 64 << 20;

struct Windows {
  std::int64_t length;        // tokens predicted by a full window
  std::int64_t stride;        // from a start to the next; so many of them are scored
  std::int64_t batch_size;    // full windows a batch
  std::int64_t num_to_score;  // tokens scored in all
  std::int64_t num_full;      // full windows; a shorter one may follow
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

std::int64_t stride_of(std::int64_t length, const EvalOptions& options) {
  if (options.stride > length)
    throw user_error("stride " + std::to_string(options.stride) + " is above the window of " +
                     std::to_string(length) + " tokens: those between windows would have no score");
  return options.stride == 0 ? length : options.stride;
}

void check_scorable(const space::Architecture& architecture, const TokenDataset& dataset) {
  if (dataset.vocab_size() > architecture.scalar("vocab_size"))
    throw user_error("the data's vocabulary has " + std::to_string(dataset.vocab_size()) +
                     " tokens, the model's " + std::to_string(architecture.scalar("vocab_size")));
  if (dataset.num_tokens() < 2)
    throw user_error("the data have " + std::to_string(dataset.num_tokens()) +
                     " tokens; at least 2 are needed to score a model");
}

Windows plan(const space::Architecture& architecture, const TokenDataset& dataset,
             const EvalOptions& options) {
  check_positive(options.sequence_length, 0, "sequence_length");
  check_positive(options.stride, 0, "stride");
  check_positive(options.batch_size, 1, "batch_size");
  check_positive(options.num_batches, 0, "num_batches");
  check_scorable(architecture, dataset);
  const std::int64_t length = window_length(architecture, options);
  Windows windows{.length = length,
                  .stride = stride_of(length, options),
                  .batch_size = options.batch_size,
                  .num_to_score = dataset.num_tokens() - 1};
  if (windows.num_to_score >= length)
    windows.num_full = (windows.num_to_score - length) / windows.stride + 1;
  const std::int64_t most = options.num_batches * options.batch_size;
  if (most > 0 && most < windows.num_full) {
    windows.num_full = most;
    windows.num_to_score = length + (most - 1) * windows.stride;
  }
  return windows;
}

// Windows that one forward pass reads.
struct Batch {
  std::int64_t first;        // its first window
  std::int64_t num_windows;  // of `length` tokens each,
  std::int64_t length;
  std::int64_t num_context;  // of which so many predict what an earlier window scored

  std::int64_t num_scored() const {  // the first window of all scores its context too
    return num_windows * (length - num_context) + (first == 0 ? num_context : 0);
  }
};

// Full windows as long as there are some, then a shorter one.
Batch batch_from(const Windows& windows, std::int64_t first) {
  const std::int64_t num_full = std::min(windows.batch_size, windows.num_full - first);
  const std::int64_t length =
      num_full > 0 ? windows.length : windows.num_to_score - first * windows.stride;
  return {.first = first,
          .num_windows = std::max<std::int64_t>(num_full, 1),
          .length = length,
          .num_context = std::min(windows.length - windows.stride, length)};
}

struct WindowTokens {
  torch::Tensor inputs_BT, targets_BT;  // targets: inputs shifted by one
};

WindowTokens read_tokens(const TokenDataset& dataset, const Batch& batch, std::int64_t stride,
                         torch::Device device) {
  const std::int64_t num_inputs = (batch.num_windows - 1) * stride + batch.length;
  const auto tokens = torch::empty({num_inputs + 1}, torch::kInt64);
  dataset.copy(batch.first * stride, std::span(tokens.data_ptr<std::int64_t>(),
                                               static_cast<std::size_t>(num_inputs + 1)));
  const auto on_device = tokens.to(device);
  const auto windows_of = [&](std::int64_t shift) {
    return on_device.narrow(0, shift, num_inputs).unfold(0, batch.length, stride).contiguous();
  };
  return {.inputs_BT = windows_of(0), .targets_BT = windows_of(1)};
}

// Sum of the negative log-likelihoods, the head in pieces that keep the logits small.
double summed_loss(space::LanguageModel& model, const torch::Tensor& hidden_ND,
                   const torch::Tensor& targets_N) {
  const std::int64_t vocab_size = model.architecture().scalar("vocab_size");
  const std::int64_t piece = std::max<std::int64_t>(1, kMaxLogitsBytes / (4 * vocab_size));
  double sum = 0;
  for (std::int64_t begin = 0; begin < hidden_ND.size(0); begin += piece) {
    const std::int64_t rows = std::min(piece, hidden_ND.size(0) - begin);
    const auto logits_NV = model.head(hidden_ND.narrow(0, begin, rows)).to(torch::kFloat32);
    const auto targets_N1 = targets_N.narrow(0, begin, rows).unsqueeze(1);
    const auto loss_N = logits_NV.logsumexp(1) - logits_NV.gather(1, targets_N1).squeeze(1);
    sum += loss_N.sum(torch::kFloat64).item<double>();
  }
  return sum;
}

// Of the tokens that the batch scores. Pauses while another process of lts measures.
double batch_loss(space::LanguageModel& model, const WindowTokens& tokens, const Batch& batch) {
  const WorkTurn turn;
  const auto hidden_BTD = model.trunk(tokens.inputs_BT);
  const auto scored = [&](const torch::Tensor& rows) {
    return rows.narrow(1, batch.num_context, batch.length - batch.num_context).flatten(0, 1);
  };
  double sum = summed_loss(model, scored(hidden_BTD), scored(tokens.targets_BT));
  if (batch.first == 0)
    sum += summed_loss(model, hidden_BTD[0].narrow(0, 0, batch.num_context),
                       tokens.targets_BT[0].narrow(0, 0, batch.num_context));
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
  std::int64_t first = 0, num_scored = 0;
  for (std::int64_t i = 0; num_scored < windows.num_to_score; ++i) {
    const Batch batch = batch_from(windows, first);
    if (i % options.shares == options.share) {
      const auto tokens = read_tokens(dataset, batch, windows.stride, device);
      result.loss_sum += batch_loss(model, tokens, batch);
      result.tokens += batch.num_scored();
    }
    first += batch.num_windows;
    num_scored += batch.num_scored();
    const bool round = (i + 1) % options.shares == 0 || num_scored == windows.num_to_score;
    if (options.progress && round) options.progress(num_scored, windows.num_to_score);
  }
  result.loss = result.loss_sum / static_cast<double>(result.tokens);
  result.perplexity = std::exp(result.loss);
  return result;
}

}  // namespace lts::train

#pragma once

#include <cstdint>
#include <functional>

#include "space/language_model.h"
#include "train/data/token_dataset.h"

namespace lts::train {

/// How much text is scored, and in which pieces.
struct EvalOptions {
  std::int64_t sequence_length = 0;  ///< tokens a window; 0: the model's max_sequence_length
  std::int64_t stride = 0;           ///< from a window's start to the next one's; 0: a window
  std::int64_t batch_size = 8;       ///< windows a forward pass; the result does not depend on it
  std::int64_t num_batches = 0;      ///< stop after so many batches; 0: the whole split
  /// Of `shares` that score a split together, this one scores every shares-th batch from `share`
  /// on.
  std::int64_t share = 0, shares = 1;
  /// Called after each batch, of several shares after each round of them, with (tokens scored,
  /// tokens to score); may throw to stop.
  std::function<void(std::int64_t, std::int64_t)> progress = {};
};

struct EvalResult {
  double loss = 0;          ///< mean negative log-likelihood of a token, in nats
  double perplexity = 0;    ///< exp(loss)
  std::int64_t tokens = 0;  ///< tokens predicted
  double loss_sum = 0;      ///< over the tokens: what the shares of a split add up
};

/// Scores `dataset` in windows: window i reads tokens [i*N, i*N + S), S being the sequence length
/// and N the stride, predicts the token after each and scores those that no window before it did;
/// the last window may be shorter. So every token but the first is scored once, and after the first
/// window each with at least S - N tokens before it. These are the sums of the loop in Hugging
/// Face's "Perplexity of fixed-length models" with max_length S + 1. Runs in eval mode without
/// gradients on the model's device and leaves the model's mode as it was; never holds more than
/// 64 MiB of logits. \throws Error kUser when the data has fewer than two tokens, another
/// vocabulary than the model, the window exceeds max_sequence_length or the stride the window.
EvalResult evaluate(space::LanguageModel& model, const TokenDataset& dataset,
                    const EvalOptions& options = {});

}  // namespace lts::train

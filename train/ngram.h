#pragma once

#include <cstdint>

#include "train/data/token_dataset.h"

namespace lts::train {

/// What counting tokens and pairs of tokens achieves: the baselines a trained model must beat.
struct NgramScores {
  double unigram_loss = 0, bigram_loss = 0;  ///< mean negative log-likelihood, nats a token
  std::int64_t fitted_tokens = 0;            ///< tokens of the training split counted
  std::int64_t tokens = 0;                   ///< tokens scored
};

/// Fits on the training split (its first `max_fitted_tokens`) and scores every token of the
/// validation split but the first, as evaluate() does. Unigram: add-one counts. Bigram:
/// interpolated absolute discounting (Ney, Essen and Kneser 1994),
///
///     p(w|h) = max(c(h,w) - D, 0) / c(h) + D * n(h) / c(h) * p(w),    D = n1 / (n1 + 2 n2),
///
/// n(h) being the distinct followers of h, n1 and n2 the pairs seen once and twice. Takes 8 bytes a
/// fitted token. \throws Error kUser when a split has fewer than two tokens, and as
/// TokenDataset::copy; kStopped on a signal.
NgramScores score_ngrams(const TokenDataset& train, const TokenDataset& validation,
                         std::int64_t max_fitted_tokens = 50'000'000);

}  // namespace lts::train

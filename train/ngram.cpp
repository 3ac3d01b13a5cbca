#include "train/ngram.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/interrupt.h"

namespace lts::train {

namespace {

constexpr std::int64_t kReadTokens = 1 << 16;

// Calls `visit` with each token of the first `count` but the first one, and the one before it.
void visit_pairs(const TokenDataset& dataset, std::int64_t count,
                 const std::function<void(std::int64_t, std::int64_t)>& visit) {
  std::vector<std::int64_t> buffer;
  for (std::int64_t begin = 0; begin + 1 < count; begin += kReadTokens) {
    throw_if_interrupted("nothing was changed");
    buffer.resize(static_cast<std::size_t>(std::min(kReadTokens + 1, count - begin)));
    dataset.copy(begin, buffer);
    for (std::size_t i = 1; i < buffer.size(); ++i) visit(buffer[i - 1], buffer[i]);
  }
}

/// Counts of tokens and of pairs, the pairs sorted.
class Bigrams {
 public:
  Bigrams(const TokenDataset& dataset, std::int64_t count);

  double unigram(std::int64_t token) const {
    const auto seen = token < std::ssize(tokens_) ? tokens_[static_cast<std::size_t>(token)] : 0;
    return (static_cast<double>(seen) + 1) /
           (static_cast<double>(num_tokens_) + static_cast<double>(tokens_.size()));
  }
  double bigram(std::int64_t before, std::int64_t token) const;

 private:
  struct Pair {
    std::uint64_t key;
    std::int64_t count;
  };
  struct Before {
    std::int64_t count = 0, followers = 0;
  };
  static std::uint64_t key_of(std::int64_t before, std::int64_t token) {
    return static_cast<std::uint64_t>(before) << 32 | static_cast<std::uint64_t>(token);
  }
  void count_pairs(std::vector<std::uint64_t>& keys);

  std::int64_t num_tokens_ = 0;
  std::vector<std::int64_t> tokens_;
  std::vector<Pair> pairs_;
  std::vector<Before> befores_;
  double discount_ = 0;
};

Bigrams::Bigrams(const TokenDataset& dataset, std::int64_t count)
    : tokens_(static_cast<std::size_t>(dataset.vocab_size())), befores_(tokens_.size()) {
  std::vector<std::uint64_t> keys;
  keys.reserve(static_cast<std::size_t>(count));
  visit_pairs(dataset, count, [&](std::int64_t before, std::int64_t token) {
    ++tokens_[static_cast<std::size_t>(token)];
    ++num_tokens_;
    keys.push_back(key_of(before, token));
  });
  std::ranges::sort(keys);
  count_pairs(keys);
}

void Bigrams::count_pairs(std::vector<std::uint64_t>& keys) {
  double once = 0, twice = 0;
  for (std::size_t begin = 0, end = 0; begin < keys.size(); begin = end) {
    while (end < keys.size() && keys[end] == keys[begin]) ++end;
    const auto count = static_cast<std::int64_t>(end - begin);
    pairs_.push_back({keys[begin], count});
    auto& before = befores_[static_cast<std::size_t>(keys[begin] >> 32)];
    before.count += count;
    ++before.followers;
    once += count == 1;
    twice += count == 2;
  }
  discount_ = once > 0 ? once / (once + 2 * twice) : 0.5;
}

double Bigrams::bigram(std::int64_t before, std::int64_t token) const {
  const auto& context = befores_[static_cast<std::size_t>(before)];
  if (context.count == 0) return unigram(token);
  const auto key = key_of(before, token);
  const auto found = std::ranges::lower_bound(pairs_, key, {}, &Pair::key);
  const bool seen = found != pairs_.end() && found->key == key;
  const auto total = static_cast<double>(context.count);
  const double direct =
      seen ? std::max(static_cast<double>(found->count) - discount_, 0.0) / total : 0.0;
  const double left_over = discount_ * static_cast<double>(context.followers) / total;
  return direct + left_over * unigram(token);
}

void check(const TokenDataset& dataset, const char* name) {
  if (dataset.num_tokens() < 2)
    throw user_error("the " + std::string(name) + " split has " +
                     std::to_string(dataset.num_tokens()) + " tokens; at least 2 are needed");
}

}  // namespace

NgramScores score_ngrams(const TokenDataset& train, const TokenDataset& validation,
                         std::int64_t max_fitted_tokens) {
  check(train, "training");
  check(validation, "validation");
  NgramScores scores{.fitted_tokens = std::min(train.num_tokens(), max_fitted_tokens)};
  const Bigrams model(train, scores.fitted_tokens);
  visit_pairs(validation, validation.num_tokens(), [&](std::int64_t before, std::int64_t token) {
    scores.unigram_loss -= std::log(model.unigram(token));
    scores.bigram_loss -= std::log(model.bigram(before, token));
    ++scores.tokens;
  });
  scores.unigram_loss /= static_cast<double>(scores.tokens);
  scores.bigram_loss /= static_cast<double>(scores.tokens);
  return scores;
}

}  // namespace lts::train

#include "train/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "tests/expect_error.h"
#include "tests/space/small_models.h"
#include "tests/temporary_folder.h"
#include "train/data/manifest.h"
#include "train/data/shard_writer.h"

namespace lts::train {
namespace {

using lts::testing::error_message;
using lts::testing::TemporaryFolder;
using ::testing::HasSubstr;

std::vector<TokenId> some_tokens(std::size_t count) {
  std::vector<TokenId> tokens(count);
  for (std::size_t i = 0; i < count; ++i) tokens[i] = static_cast<TokenId>(i * i * 7 % 97);
  return tokens;
}

// A data folder whose validation split holds `tokens`.
TokenDataset dataset_of(const TemporaryFolder& folder, const std::vector<TokenId>& tokens,
                        std::int32_t vocab_size = 97) {
  Manifest manifest{.vocabulary = {vocab_size, vocab_size - 1, std::string(64, 'a')}};
  for (const auto& [name, split] :
       {std::pair("train", &manifest.train), std::pair("validation", &manifest.validation)}) {
    SplitWriter writer(folder.path(), name, manifest.vocabulary, 1000);
    writer.append(tokens);
    *split = {.documents = 1, .tokens = std::ssize(tokens), .shards = writer.finish()};
  }
  folder.write(kManifestName, to_json_text(manifest));
  return TokenDataset(folder.path(), Split::kValidation);
}

// The mean loss, one window and one position at a time, in double: a window begins at every
// multiple of `stride`, and a token's score is the first window's that predicts it.
double loss_by_hand(space::LanguageModel& model, const std::vector<TokenId>& tokens,
                    std::size_t window, std::size_t stride) {
  const torch::NoGradGuard no_grad;
  std::vector<std::optional<double>> scores(tokens.size());
  for (std::size_t begin = 0; begin + 1 < tokens.size(); begin += stride) {
    const std::size_t length = std::min(window, tokens.size() - 1 - begin);
    const std::vector<std::int64_t> inputs(
        tokens.begin() + static_cast<std::ptrdiff_t>(begin),
        tokens.begin() + static_cast<std::ptrdiff_t>(begin + length));
    const auto logits_TV = model.head(model.trunk(torch::tensor(inputs).unsqueeze(0)))[0];
    const auto log_probabilities_TV = logits_TV.to(torch::kFloat64).log_softmax(-1);
    for (std::size_t i = 0; i < length; ++i) {
      auto& score = scores[begin + i + 1];
      if (!score)
        score = -log_probabilities_TV[static_cast<std::int64_t>(i)][tokens[begin + i + 1]]
                     .item<double>();
    }
  }
  double sum = 0;
  for (std::size_t i = 1; i < tokens.size(); ++i) sum += scores[i].value();
  return sum / static_cast<double>(tokens.size() - 1);
}

double loss_by_hand(space::LanguageModel& model, const std::vector<TokenId>& tokens,
                    std::size_t window) {
  return loss_by_hand(model, tokens, window, window);
}

TEST(Evaluate, ScoresEveryTokenButTheFirstOnce) {
  const TemporaryFolder folder;
  auto model = space::small_model();
  const auto tokens = some_tokens(150);
  const auto dataset = dataset_of(folder, tokens);
  const auto result = evaluate(*model, dataset);
  EXPECT_EQ(result.tokens, 149);
  EXPECT_NEAR(result.loss, loss_by_hand(*model, tokens, 32), 1e-5);
  EXPECT_NEAR(result.perplexity, std::exp(result.loss), 1e-9);
}

TEST(Evaluate, TakesTheWindowItIsGiven) {
  const TemporaryFolder folder;
  auto model = space::small_model();
  const auto tokens = some_tokens(100);
  const auto dataset = dataset_of(folder, tokens);
  const auto result = evaluate(*model, dataset, {.sequence_length = 9});
  EXPECT_NEAR(result.loss, loss_by_hand(*model, tokens, 9), 1e-5);
  EXPECT_GT(std::abs(result.loss - evaluate(*model, dataset).loss), 1e-3);
}

TEST(Evaluate, ScoresEveryTokenButTheFirstOnceAtAnyStride) {
  auto model = space::small_model();
  for (const std::size_t count : {2, 3, 11, 12, 13, 14, 60, 61}) {
    const TemporaryFolder folder;
    const auto tokens = some_tokens(count);
    const auto dataset = dataset_of(folder, tokens);
    for (const std::int64_t stride : {1, 2, 5, 11, 12}) {
      const auto result =
          evaluate(*model, dataset, {.sequence_length = 12, .stride = stride, .batch_size = 3});
      const double expected = loss_by_hand(*model, tokens, 12, static_cast<std::size_t>(stride));
      EXPECT_EQ(result.tokens, std::ssize(tokens) - 1) << count << " tokens, stride " << stride;
      EXPECT_NEAR(result.loss, expected, 1e-5) << count << " tokens, stride " << stride;
    }
  }
}

TEST(Evaluate, AStrideOfTheWindowIsTheDefault) {
  const TemporaryFolder folder;
  auto model = space::small_model();
  const auto dataset = dataset_of(folder, some_tokens(150));
  const auto result = evaluate(*model, dataset, {.sequence_length = 16, .stride = 16});
  EXPECT_EQ(result.loss, evaluate(*model, dataset, {.sequence_length = 16}).loss);
  EXPECT_GT(
      std::abs(result.loss - evaluate(*model, dataset, {.sequence_length = 16, .stride = 8}).loss),
      1e-3);
}

TEST(Evaluate, SharesOfOverlappingWindowsAddUp) {
  const TemporaryFolder folder;
  auto model = space::small_model();
  const auto dataset = dataset_of(folder, some_tokens(200));
  EvalOptions options{.sequence_length = 16, .stride = 5, .batch_size = 4};
  const auto whole = evaluate(*model, dataset, options);
  options.shares = 2;
  const auto first = evaluate(*model, dataset, options);
  options.share = 1;
  const auto second = evaluate(*model, dataset, options);
  EXPECT_EQ(first.tokens + second.tokens, whole.tokens);
  EXPECT_NEAR(first.loss_sum + second.loss_sum, whole.loss_sum, 1e-6);
}

TEST(Evaluate, DoesNotDependOnTheBatch) {
  const TemporaryFolder folder;
  auto model = space::small_model();
  const auto dataset = dataset_of(folder, some_tokens(500));
  const auto one = evaluate(*model, dataset, {.sequence_length = 16, .batch_size = 1});
  const auto many = evaluate(*model, dataset, {.sequence_length = 16, .batch_size = 100});
  EXPECT_NEAR(one.loss, many.loss, 1e-6);
  EXPECT_EQ(one.tokens, many.tokens);
}

TEST(Evaluate, ScoresDataShorterThanAWindow) {
  const TemporaryFolder folder;
  auto model = space::small_model();
  const auto tokens = some_tokens(5);
  const auto result = evaluate(*model, dataset_of(folder, tokens));
  EXPECT_EQ(result.tokens, 4);
  EXPECT_NEAR(result.loss, loss_by_hand(*model, tokens, 32), 1e-5);
}

TEST(Evaluate, StopsAfterTheBatchesAskedFor) {
  const TemporaryFolder folder;
  auto model = space::small_model();
  auto tokens = some_tokens(500);
  const auto dataset = dataset_of(folder, tokens);
  const auto result = evaluate(*model, dataset, {.batch_size = 2, .num_batches = 3});
  tokens.resize(3 * 2 * 32 + 1);
  EXPECT_EQ(result.tokens, 3 * 2 * 32);
  EXPECT_NEAR(result.loss, loss_by_hand(*model, tokens, 32), 1e-5);
}

TEST(Evaluate, StopsAfterTheBatchesOfOverlappingWindows) {
  const TemporaryFolder folder;
  auto model = space::small_model();
  auto tokens = some_tokens(500);
  const auto dataset = dataset_of(folder, tokens);
  const auto result = evaluate(*model, dataset, {.stride = 10, .batch_size = 2, .num_batches = 3});
  tokens.resize(32 + 5 * 10 + 1);
  EXPECT_EQ(result.tokens, 32 + 5 * 10);
  EXPECT_NEAR(result.loss, loss_by_hand(*model, tokens, 32, 10), 1e-5);
}

// 64 MiB of logits are 254 rows of this vocabulary: the windows' 512 take three pieces.
TEST(Evaluate, SplitsTheHeadWithoutChangingTheLoss) {
  const TemporaryFolder folder;
  auto model = space::small_model({.n_layer = 1,
                                   .d_model = 8,
                                   .d_inner = 8,
                                   .n_head = 2,
                                   .vocab_size = 66000,
                                   .max_sequence_length = 128});
  const auto tokens = some_tokens(513);
  const auto dataset = dataset_of(folder, tokens, 66000);
  const auto result = evaluate(*model, dataset);
  EXPECT_NEAR(result.loss, loss_by_hand(*model, tokens, 128), 1e-4);
}

TEST(Evaluate, ReportsItsProgress) {
  const TemporaryFolder folder;
  auto model = space::small_model();
  std::vector<std::int64_t> done;
  evaluate(*model, dataset_of(folder, some_tokens(101)),
           {.batch_size = 2, .progress = [&](std::int64_t tokens, std::int64_t total) {
              done.push_back(tokens);
              EXPECT_EQ(total, 100);
            }});
  EXPECT_EQ(done, (std::vector<std::int64_t>{64, 96, 100}));
}

TEST(Evaluate, LeavesTheModelAsItWas) {
  const TemporaryFolder folder;
  auto model = space::small_model();
  model->train();
  evaluate(*model, dataset_of(folder, some_tokens(50)));
  EXPECT_TRUE(model->is_training());
  EXPECT_TRUE(model->parameters()[0].requires_grad());
}

TEST(Evaluate, RefusesWhatItCannotScore) {
  const TemporaryFolder one, other, small;
  auto model = space::small_model();
  const auto message = [&](const TokenDataset& dataset, const EvalOptions& options) {
    return error_message([&] { evaluate(*model, dataset, options); });
  };
  const auto dataset = dataset_of(one, some_tokens(100));
  EXPECT_THAT(message(dataset_of(other, some_tokens(100), 98), {}),
              HasSubstr("the data's vocabulary has 98 tokens, the model's 97"));
  EXPECT_THAT(message(dataset_of(small, some_tokens(1)), {}),
              HasSubstr("the data have 1 tokens; at least 2"));
  EXPECT_THAT(message(dataset, {.sequence_length = 33}),
              HasSubstr("sequence_length 33 is above the model's max_sequence_length of 32"));
  EXPECT_THAT(message(dataset, {.sequence_length = -1}),
              HasSubstr("sequence_length is -1; 0 or more"));
  EXPECT_THAT(message(dataset, {.stride = -1}), HasSubstr("stride is -1; 0 or more"));
  EXPECT_THAT(message(dataset, {.sequence_length = 20, .stride = 21}),
              HasSubstr("stride 21 is above the window of 20 tokens"));
  EXPECT_THAT(message(dataset, {.batch_size = 0}), HasSubstr("batch_size is 0; 1 or more"));
  EXPECT_THAT(message(dataset, {.num_batches = -1}), HasSubstr("num_batches is -1; 0 or more"));
}

}  // namespace
}  // namespace lts::train

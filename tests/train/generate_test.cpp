#include "train/generate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/expect_error.h"
#include "tests/space/small_models.h"
#include "tests/train/tokenizer/tiny_vocabulary.h"

namespace lts::train {
namespace {

using lts::testing::error_message;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr SamplingOptions kGreedy{.decoding = Decoding::kGreedy};

// The ids that follow, each from a pass over all before it: no cache.
std::vector<TokenId> continued_without_cache(space::LanguageModel& model, std::vector<TokenId> ids,
                                             std::size_t num_new) {
  const torch::NoGradGuard no_grad;
  const std::size_t num_prompt = ids.size();
  while (ids.size() < num_prompt + num_new) {
    const auto tokens_BT = torch::tensor(ids, torch::kInt64).unsqueeze(0);
    const auto logits_V = model.head(model.trunk(tokens_BT))[0][-1];
    ids.push_back(static_cast<TokenId>(logits_V.argmax().item<std::int64_t>()));
  }
  return {ids.begin() + static_cast<std::ptrdiff_t>(num_prompt), ids.end()};
}

TEST(Generate, ContinuesAsWithoutACache) {
  auto model = space::small_model();
  const std::vector<TokenId> prompt = {5, 17, 90, 3};
  const auto continuation =
      continue_ids(*model, prompt, {.max_new_tokens = 20, .sampling = kGreedy});
  EXPECT_EQ(continuation.new_ids, continued_without_cache(*model, prompt, 20));
  EXPECT_EQ(continuation.stop, StopReason::kMaxNewTokens);
}

TEST(Generate, ContinuesThroughTheInferenceFormAsTheModuleDoes) {
  auto model = space::small_model();
  const std::vector<TokenId> prompt = {5, 17, 90, 3};
  const auto expected = continued_without_cache(*model, prompt, 20);
  const auto ready = ready_to_generate(model, Precision::kFloat32);
  model.reset();
  EXPECT_EQ(continue_ids(*ready, prompt, {.max_new_tokens = 20, .sampling = kGreedy}).new_ids,
            expected);
}

// The module's fp32 with weights that bf16 holds: nothing but them is rounded.
TEST(Generate, ContinuesInBfloat16AsTheModuleOfRoundedWeights) {
  const auto rounded = space::small_model();
  rounded->to(torch::kBFloat16);
  rounded->to(torch::kFloat32);
  const std::vector<TokenId> prompt = {5, 17, 90, 3};
  const auto ready = ready_to_generate(space::small_model(), Precision::kBfloat16);
  EXPECT_EQ(continue_ids(*ready, prompt, {.max_new_tokens = 20, .sampling = kGreedy}).new_ids,
            continued_without_cache(*rounded, prompt, 20));
}

TEST(Generate, StopsAfterATokenThatEndsIt) {
  auto model = space::small_model();
  const std::vector<TokenId> prompt = {5, 17};
  const auto free = continued_without_cache(*model, prompt, 10);
  const auto continuation = continue_ids(
      *model, prompt, {.max_new_tokens = 10, .sampling = kGreedy, .eos_token_ids = {free[3]}});
  const auto first = std::ranges::find(free, free[3]) - free.begin();
  EXPECT_EQ(continuation.new_ids, std::vector<TokenId>(free.begin(), free.begin() + first + 1));
  EXPECT_EQ(continuation.stop, StopReason::kEndOfText);
}

TEST(Generate, StopsWhenTheContextIsFull) {
  auto model = space::small_model();
  const auto continuation = continue_ids(*model, std::vector<TokenId>(30, 1),
                                         {.max_new_tokens = 20, .sampling = kGreedy});
  EXPECT_EQ(continuation.new_ids.size(), 2u);
  EXPECT_EQ(continuation.stop, StopReason::kContextFull);
}

TEST(Generate, FillsTheContextExactlyWithoutComplaint) {
  auto model = space::small_model();
  const auto continuation =
      continue_ids(*model, std::vector<TokenId>(30, 1), {.max_new_tokens = 2, .sampling = kGreedy});
  EXPECT_EQ(continuation.new_ids.size(), 2u);
  EXPECT_EQ(continuation.stop, StopReason::kMaxNewTokens);
}

TEST(Generate, RefusesAPromptThatDoesNotFit) {
  auto model = space::small_model();
  const auto message = [&](const std::vector<TokenId>& prompt) {
    return error_message([&] { continue_ids(*model, prompt, {}); });
  };
  EXPECT_THAT(message(std::vector<TokenId>(32, 1)),
              StartsWith("the prompt has 32 tokens; with at least one new token they must fit the "
                         "model's max_sequence_length of 32"));
  EXPECT_THAT(message({5, 97}),
              HasSubstr("token 97 of the prompt is outside the model's vocabulary"));
  EXPECT_THAT(message({}), HasSubstr("the prompt has no tokens"));
}

TEST(Generate, RefusesToMakeNoTokens) {
  auto model = space::small_model();
  EXPECT_THAT(
      error_message([&] { continue_ids(*model, std::vector<TokenId>{1}, {.max_new_tokens = 0}); }),
      HasSubstr("max_new_tokens is 0; 1 or more"));
}

TEST(Generate, LeavesTheModelTraining) {
  auto model = space::small_model();
  model->train();
  continue_ids(*model, std::vector<TokenId>{1}, {.max_new_tokens = 1});
  EXPECT_TRUE(model->is_training());
}

TEST(Generate, StreamsWhatItReturns) {
  auto model = space::small_model({.vocab_size = 262});
  const auto tokenizer = lts::testing::TinyVocabulary{}.tokenizer();
  std::string streamed;
  const auto result = generate(*model, tokenizer, "abc cab", {.max_new_tokens = 12},
                               [&](std::string_view bytes) { streamed += bytes; });
  EXPECT_EQ(result.text, "abc cab" + streamed);
  EXPECT_EQ(result.num_prompt, std::ssize(tokenizer.encode("abc cab")));
  EXPECT_EQ(std::ssize(result.ids), result.num_prompt + 12);
  EXPECT_EQ(tokenizer.decode(result.ids), result.text);
  EXPECT_GT(result.tokens_per_s, 0);
}

TEST(Generate, SamplesTheSameFromTheSameSeed) {
  auto model = space::small_model({.vocab_size = 262});
  const auto tokenizer = lts::testing::TinyVocabulary{}.tokenizer();
  const auto ids = [&](std::uint64_t seed) {
    return generate(
               *model, tokenizer, "abc",
               {.max_new_tokens = 20, .sampling = {.temperature = 20, .top_p = 1, .seed = seed}})
        .ids;
  };
  EXPECT_EQ(ids(1), ids(1));
  EXPECT_NE(ids(1), ids(2));
}

TEST(Generate, StartsFromTheEndOfTextWithoutAPrompt) {
  auto model = space::small_model({.vocab_size = 262});
  const auto tokenizer = lts::testing::TinyVocabulary{}.tokenizer();
  const auto result = generate(*model, tokenizer, "", {.max_new_tokens = 3, .sampling = kGreedy});
  EXPECT_EQ(result.ids.front(), tokenizer.end_of_text());
  EXPECT_EQ(result.ids.size(), 4u);
  EXPECT_EQ(result.text, tokenizer.decode(std::span(result.ids).subspan(1)));
}

TEST(Generate, KeepsTheEndOfTextOutOfTheText) {
  auto model = space::small_model({.vocab_size = 262});
  const auto tokenizer = lts::testing::TinyVocabulary{}.tokenizer();
  const auto free = generate(*model, tokenizer, "abc", {.max_new_tokens = 1, .sampling = kGreedy});
  const auto ended =
      generate(*model, tokenizer, "abc",
               {.max_new_tokens = 1, .sampling = kGreedy, .eos_token_ids = {free.ids.back()}});
  EXPECT_EQ(ended.ids, free.ids);
  EXPECT_EQ(ended.text, "abc");
  EXPECT_EQ(ended.stop, StopReason::kEndOfText);
}

}  // namespace
}  // namespace lts::train

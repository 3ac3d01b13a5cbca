#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "space/inference_model.h"
#include "space/language_model.h"
#include "train/sampling.h"
#include "train/tokenizer/tokenizer.h"
#include "train/train_config.h"

namespace lts::train {

struct GenerateOptions {
  std::int64_t max_new_tokens = 128;
  SamplingOptions sampling;
  /// Generation ends after one of these (space::read_eos_token_ids). Empty: never.
  std::vector<TokenId> eos_token_ids;
};

/// Why generation ended.
enum class StopReason {
  kEndOfText,     ///< a token of eos_token_ids was generated; it is the last of ids
  kMaxNewTokens,  ///< max_new_tokens were generated
  kContextFull,   ///< prompt and new tokens fill max_sequence_length
};

struct GenerateResult {
  std::vector<TokenId> ids;     ///< the prompt's and the new ones
  std::int64_t num_prompt = 0;  ///< how many of ids are the prompt's
  std::string text;             ///< prompt and continuation, without an end-of-text token
  double tokens_per_s = 0;      ///< new tokens over the time from prompt, its pass too, to the last
  StopReason stop = StopReason::kMaxNewTokens;
};

/// The model as generation runs fastest: weights packed, and kBfloat16 halves what a token reads:
/// weights in bf16, what flows between them in fp32 where the family has an inference form on the
/// model's device. `model` is turned to bf16 too, and may be dropped.
space::InferencePtr ready_to_generate(const space::ModelPtr& model, Precision precision);

/// Continues `prompt` token by token with a KV cache, batch 1, on the model's device. Greedy ids
/// equal those of Hugging Face's generate(do_sample=False); sampling depends on the seed only. An
/// empty prompt starts from the end-of-text token. `on_token` gets the bytes of each new token as
/// it comes (maybe part of a UTF-8 character; never the end-of-text token's) and may throw to stop.
/// \throws Error kUser when options are out of range, the tokenizer has ids the model lacks, or the
/// prompt leaves no room in max_sequence_length.
GenerateResult generate(space::InferenceModel& model, const Tokenizer& tokenizer,
                        std::string_view prompt, const GenerateOptions& options = {},
                        const std::function<void(std::string_view)>& on_token = {});
/// The same by a module as it stands, which may be in training.
GenerateResult generate(space::LanguageModel& model, const Tokenizer& tokenizer,
                        std::string_view prompt, const GenerateOptions& options = {},
                        const std::function<void(std::string_view)>& on_token = {});

/// The same for ids: returns the new ones only, and why they ended.
struct Continuation {
  std::vector<TokenId> new_ids;
  StopReason stop = StopReason::kMaxNewTokens;
};
Continuation continue_ids(space::InferenceModel& model, std::span<const TokenId> prompt,
                          const GenerateOptions& options,
                          const std::function<void(TokenId)>& on_token = {});
Continuation continue_ids(space::LanguageModel& model, std::span<const TokenId> prompt,
                          const GenerateOptions& options,
                          const std::function<void(TokenId)>& on_token = {});

}  // namespace lts::train

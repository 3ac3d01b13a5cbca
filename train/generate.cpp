#include "train/generate.h"

#include <algorithm>
#include <chrono>

#include "core/error.h"
#include "train/eval_mode.h"

namespace lts::train {

// Shape suffixes: B batch (1), T time, D model width, V vocabulary.

namespace {

void check_prompt(const space::Architecture& architecture, std::span<const TokenId> prompt) {
  const auto vocab_size = architecture.scalar("vocab_size");
  const auto max_length = architecture.scalar("max_sequence_length");
  if (prompt.empty()) throw user_error("the prompt has no tokens");
  for (const TokenId id : prompt)
    if (id < 0 || id >= vocab_size)
      throw user_error("token " + std::to_string(id) + " of the prompt is outside the model's " +
                       "vocabulary of " + std::to_string(vocab_size));
  if (std::ssize(prompt) >= max_length)
    throw user_error("the prompt has " + std::to_string(prompt.size()) +
                     " tokens; with at least one new token they must fit the model's "
                     "max_sequence_length of " +
                     std::to_string(max_length));
}

bool is_end(const GenerateOptions& options, TokenId id) {
  return std::ranges::find(options.eos_token_ids, id) != options.eos_token_ids.end();
}

// The logits that follow `ids`, on the CPU in fp32.
torch::Tensor next_logits(space::InferenceModel& model, std::span<const TokenId> ids,
                          space::KvCache& cache) {
  const auto tokens_BT =
      torch::tensor(c10::ArrayRef<TokenId>(ids.data(), ids.size()), torch::kInt64).unsqueeze(0);
  const auto hidden_BTD = model.trunk(tokens_BT.to(model.device()), &cache);
  const auto last_BD = hidden_BTD.select(1, hidden_BTD.size(1) - 1);
  return model.head(last_BD).to(torch::kCPU, torch::kFloat32).flatten().contiguous();
}

// The module itself behind the interface, lent: both stay the caller's.
space::InferencePtr as_it_stands(space::LanguageModel& model) {
  return space::plain_inference(space::ModelPtr(space::ModelPtr(), &model),
                                space::Precision::kFloat32);
}

}  // namespace

space::InferencePtr ready_to_generate(const space::ModelPtr& model, Precision precision) {
  if (precision == Precision::kFloat32)
    return space::make_inference(model, space::Precision::kFloat32);
  model->to(torch::kBFloat16);
  return space::make_inference(model, space::Precision::kBfloat16Weights);
}

Continuation continue_ids(space::InferenceModel& model, std::span<const TokenId> prompt,
                          const GenerateOptions& options,
                          const std::function<void(TokenId)>& on_token) {
  if (options.max_new_tokens < 1)
    throw user_error("max_new_tokens is " + std::to_string(options.max_new_tokens) +
                     "; 1 or more is accepted");
  check_prompt(model.architecture(), prompt);
  Sampler sampler(options.sampling);
  const c10::InferenceMode inference;
  const std::int64_t room = model.architecture().scalar("max_sequence_length") - std::ssize(prompt);
  const std::int64_t num_new = std::min(options.max_new_tokens, room);
  // Room for all of them at once: a cache that grows copies itself.
  space::KvCache cache(model.architecture().n_layer(), std::ssize(prompt) + num_new);
  Continuation result{.stop = room < options.max_new_tokens ? StopReason::kContextFull
                                                            : StopReason::kMaxNewTokens};
  while (std::ssize(result.new_ids) < num_new) {
    const auto fed = result.new_ids.empty() ? prompt : std::span(&result.new_ids.back(), 1);
    const auto logits_V = next_logits(model, fed, cache);
    const std::span logits(logits_V.const_data_ptr<float>(),
                           static_cast<std::size_t>(logits_V.numel()));
    const TokenId id = sampler.next(logits);
    result.new_ids.push_back(id);
    if (on_token) on_token(id);
    if (is_end(options, id)) {
      result.stop = StopReason::kEndOfText;
      break;
    }
  }
  return result;
}

GenerateResult generate(space::InferenceModel& model, const Tokenizer& tokenizer,
                        std::string_view prompt, const GenerateOptions& options,
                        const std::function<void(std::string_view)>& on_token) {
  GenerateResult result{.ids = tokenizer.encode(prompt), .text = std::string(prompt)};
  if (result.ids.empty()) result.ids.push_back(tokenizer.end_of_text());
  result.num_prompt = std::ssize(result.ids);
  const auto take = [&](TokenId id) {
    // A padded vocabulary has ids that stand for no text.
    if (is_end(options, id) || id >= tokenizer.vocab_size()) return;
    const auto bytes = tokenizer.token_bytes(id);
    result.text += bytes;
    if (on_token) on_token(bytes);
  };
  const auto start = std::chrono::steady_clock::now();
  const auto continuation = continue_ids(model, result.ids, options, take);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  const auto& new_ids = continuation.new_ids;
  result.tokens_per_s = static_cast<double>(new_ids.size()) / elapsed.count();
  result.stop = continuation.stop;
  result.ids.insert(result.ids.end(), new_ids.begin(), new_ids.end());
  return result;
}

Continuation continue_ids(space::LanguageModel& model, std::span<const TokenId> prompt,
                          const GenerateOptions& options,
                          const std::function<void(TokenId)>& on_token) {
  const EvalMode eval(model);
  return continue_ids(*as_it_stands(model), prompt, options, on_token);
}

GenerateResult generate(space::LanguageModel& model, const Tokenizer& tokenizer,
                        std::string_view prompt, const GenerateOptions& options,
                        const std::function<void(std::string_view)>& on_token) {
  const EvalMode eval(model);
  return generate(*as_it_stands(model), tokenizer, prompt, options, on_token);
}

}  // namespace lts::train

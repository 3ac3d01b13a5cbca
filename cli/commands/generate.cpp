#include <algorithm>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/text.h"
#include "space/model_folder.h"
#include "train/device.h"
#include "train/generate.h"
#include "train/tokenizer/tokenizer.h"

namespace lts::cli {

namespace {

using nlohmann::ordered_json;

Arguments arguments() {
  Arguments args("generate MODEL_DIR PROMPT",
                 "lts generate trained \"In the beginning\" --max-new-tokens 64 --seed 7");
  args.positional("model_dir", Count::kOne, "a Hugging Face model folder")
      .positional("prompt", Count::kOne, "the text to continue; may be empty")
      .option("max-new-tokens", "N", "how many tokens at most (default 128)")
      .option("temperature", "T", "above 1 is bolder, below 1 safer (default 0.8)")
      .option("top-p", "P", "the likeliest tokens that reach this probability (default 0.95)")
      .option("top-k", "K", "the K likeliest tokens; 0: all (default 0)")
      .option("seed", "N", "of the draws (default 1)")
      .option("dtype", "float32|bfloat16",
              "what the weights are held in; bfloat16 reads half as much for a token (default "
              "float32)")
      .flag("greedy", "always the likeliest token");
  return args;
}

train::GenerateOptions options_of(const Arguments& args) {
  if (args.has("greedy"))
    for (const char* name : {"temperature", "top-p", "top-k", "seed"})
      if (args.has(name))
        throw user_error("--greedy draws nothing, so --" + std::string(name) +
                         " would have no effect; leave one of the two out");
  train::GenerateOptions options;
  options.max_new_tokens = args.integer("max-new-tokens", 128, {.min = 1, .max = 1'000'000});
  options.sampling.decoding =
      args.has("greedy") ? train::Decoding::kGreedy : train::Decoding::kSample;
  options.sampling.temperature = args.number("temperature", options.sampling.temperature);
  options.sampling.top_p = args.number("top-p", options.sampling.top_p);
  options.sampling.top_k = args.integer("top-k", 0, {.min = 0, .max = 1'000'000});
  options.sampling.seed =
      static_cast<std::uint64_t>(args.integer("seed", 1, {.min = 0, .max = INT64_MAX}));
  options.sampling.validate();
  return options;
}

train::Precision precision_of(const Arguments& args) {
  static const std::vector<std::string> kNames = {"float32", "bfloat16"};
  const std::string name = args.text("dtype", kNames.front());
  if (std::ranges::find(kNames, name) == kNames.end())
    throw user_error("--dtype is '" + name + "'" + accepted_names(name, kNames));
  const auto precision =
      name == kNames.front() ? train::Precision::kFloat32 : train::Precision::kBfloat16;
  train::check_precision(precision, torch::kCPU, {});
  return precision;
}

// A continuation may end inside a character, which JSON cannot hold: U+FFFD stands for the rest.
std::string as_utf8(const std::string& bytes) {
  if (is_utf8(bytes)) return bytes;
  const auto replaced =
      ordered_json(bytes).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  return ordered_json::parse(replaced).get<std::string>();
}

}  // namespace

int generate(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  train::GenerateOptions options = options_of(args);
  const train::Precision precision = precision_of(args);
  const std::string model_dir = args.text("model_dir"), prompt = args.text("prompt");
  const auto tokenizer = train::Tokenizer::from_model_folder(model_dir);
  const auto model = train::ready_to_generate(space::load_model(model_dir), precision);
  options.eos_token_ids = space::read_eos_token_ids(model_dir);
  const bool json = args.json();
  bool started = false;  // the prompt is printed once it is known to be accepted
  const auto show = [&](std::string_view bytes) {
    if (!started) std::cout << prompt;
    started = true;
    std::cout << bytes << std::flush;
  };
  const auto result =
      train::generate(*model, tokenizer, prompt, options, [&](std::string_view bytes) {
        throw_if_interrupted("generation ends here");
        if (!json) show(bytes);
      });
  if (!json) {
    show("\n");
    return 0;
  }
  print_json({{"prompt", as_utf8(prompt)},
              {"text", as_utf8(result.text)},
              {"ids", result.ids},
              {"tokens_per_s", result.tokens_per_s}});
  return 0;
}

}  // namespace lts::cli

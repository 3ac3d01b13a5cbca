#include <unistd.h>

#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "core/error.h"
#include "core/text.h"
#include "train/data/prepare.h"
#include "train/tokenizer/tokenizer.h"

namespace lts::cli {

namespace {

Arguments arguments() {
  Arguments args("prepare INPUT... -o DIR",
                 "lts prepare pile/00.jsonl.zst --pile-set-name 'Wikipedia (en)' -o data/pile");
  args.positional("input", Count::kSome,
                  "text files, .jsonl, .jsonl.zst, or - for JSON Lines on standard input")
      .option("output,o", "DIR", "folder of the token shards")
      .option("format", "text|pile", "what the inputs are (default: by their names)")
      .option("validation", "FILE", "the validation split (default: the last hundredth)")
      .option("max-tokens", "N", "stop after so many tokens")
      .options("pile-set-name", "NAME", "keep only documents of this part of The Pile")
      .option("threads", "N", "0: all cores (default)")
      .flag("resume",
            "go on after the whole shards of an unfinished folder; a finished "
            "one prints its result again");
  return args;
}

train::InputFormat format_named(const std::string& name) {
  if (name.empty()) return train::InputFormat::kAuto;
  if (name == "text") return train::InputFormat::kText;
  if (name == "pile") return train::InputFormat::kPile;
  throw user_error("--format is '" + name + "'; accepted: text, pile");
}

train::PrepareOptions options_of(const Arguments& args) {
  return {.inputs = args.texts("input"),
          .output = args.required("output"),
          .format = format_named(args.text("format")),
          .validation = args.text("validation"),
          .max_tokens = args.integer("max-tokens", 0, {.min = 1, .max = INT64_MAX}),
          .pile_set_names = args.texts("pile-set-name"),
          .threads = static_cast<int>(args.integer("threads", 0, {.min = 0, .max = 4096})),
          .resume = args.has("resume")};
}

/// Bytes read so far on standard error: a live line on a terminal, a line every few seconds else.
class Progress {
 public:
  void operator()(std::int64_t done, std::int64_t total) {
    const auto now = std::chrono::steady_clock::now();
    const auto interval = std::chrono::milliseconds(terminal_ ? 200 : 5000);
    if (now - shown_ < interval) return;
    shown_ = now;
    std::cerr << (terminal_ ? "\r\033[K" : "") << "tokenized "
              << human_bytes(static_cast<double>(done));
    if (total > 0) std::cerr << " of " << human_bytes(static_cast<double>(total));
    std::cerr << (terminal_ ? "" : "\n") << std::flush;
    open_ = terminal_;
  }
  ~Progress() {
    if (open_) std::cerr << "\n";
  }

 private:
  bool terminal_ = ::isatty(STDERR_FILENO) == 1, open_ = false;
  std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
};

}  // namespace

int prepare(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const auto options = options_of(args);
  const auto tokenizer = train::Tokenizer::from_gpt2_files(train::gpt2_tokenizer_folder());
  Progress progress;
  const auto result = train::prepare(options, tokenizer, std::ref(progress));
  if (args.json()) {
    print_json({{"documents", result.documents},
                {"tokens", result.tokens},
                {"bytes", result.bytes},
                {"shards", result.shards}});
  } else {
    std::cout << options.output.string() << ": " << result.documents << " documents, "
              << result.tokens << " tokens in " << result.shards << " shards\n";
  }
  return 0;
}

}  // namespace lts::cli

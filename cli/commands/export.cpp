#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/paths.h"
#include "core/error.h"
#include "core/text.h"
#include "space/arch_argument.h"
#include "train/export.h"
#include "train/tokenizer/tokenizer.h"

namespace lts::cli {

namespace {

namespace fs = std::filesystem;

Arguments arguments() {
  Arguments args("export MODEL_DIR|ARCH --format hf|config -o PATH",
                 "lts export gpt2:n_layer=4,d_model=128,d_inner=768,n_head=4 --format hf -o model");
  args.positional("source", Count::kOne,
                  "a trained model's folder, or an architecture (gets seeded weights)")
      .option("format", "hf|config",
              "hf: a folder for AutoModelForCausalLM; config: a config.json alone")
      .option("output,o", "PATH", "the folder, or for config the file")
      .option("seed", "N", "of an architecture's weights (default 1)");
  return args;
}

train::ExportFormat format_named(const std::string& name) {
  if (name == "hf") return train::ExportFormat::kHuggingFace;
  if (name == "config") return train::ExportFormat::kConfig;
  throw user_error("--format is '" + name + "'; accepted: hf, config");
}

train::ExportSource source_of(const std::string& text) {
  if (fs::exists(fs::path(text) / "model.safetensors")) return fs::path(text);
  return space::parse_arch_argument(text, models_folder());
}

// A trained model keeps its own tokenizer; an architecture gets GPT-2's.
train::Tokenizer tokenizer_of(const train::ExportSource& source) {
  if (const auto* folder = std::get_if<fs::path>(&source))
    return train::Tokenizer::from_model_folder(*folder);
  return train::Tokenizer::from_gpt2_files(train::gpt2_tokenizer_folder());
}

}  // namespace

int export_model(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const train::ExportOptions options = {
      .format = format_named(args.required("format")),
      .output = args.required("output"),
      .seed = static_cast<std::uint64_t>(args.integer("seed", 1, {.min = 0, .max = INT64_MAX}))};
  const auto source = source_of(args.text("source"));
  std::optional<train::Tokenizer> tokenizer;
  if (options.format == train::ExportFormat::kHuggingFace) tokenizer = tokenizer_of(source);
  const auto result = train::export_model(source, tokenizer ? &*tokenizer : nullptr, options);
  if (args.json())
    print_json({{"path", result.path.string()}, {"bytes", result.bytes}});
  else
    std::cout << result.path.string() << " (" << human_bytes(static_cast<double>(result.bytes))
              << ")\n";
  return 0;
}

}  // namespace lts::cli

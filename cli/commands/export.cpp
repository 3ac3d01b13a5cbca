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

constexpr const char* kOnnxOptions[] = {"batch", "sequence", "past", "with-past", "opset"};

Arguments arguments() {
  Arguments args("export MODEL_DIR|ARCH --format hf|config|onnx -o PATH",
                 "lts export gpt2:n_layer=4,d_model=128,d_inner=768,n_head=4 --format hf -o model\n"
                 "  lts export trained --format onnx --batch 1 --sequence 192 -o trained.onnx");
  args.positional("source", Count::kOne,
                  "a trained model's folder, or an architecture (gets seeded weights)")
      .option("format", "hf|config|onnx",
              "hf: a folder for AutoModelForCausalLM; config: a config.json alone (beside it the "
              "code it names, if any); onnx: a graph from input_ids to probs, the probabilities "
              "after the last position")
      .option("output,o", "PATH", "the folder, or for config and onnx the file")
      .option("seed", "N", "of an architecture's weights (default 1)")
      .option("batch", "N", "onnx: sequences, fixed (default: symbolic)")
      .option("sequence", "N", "onnx: tokens of one run, fixed (default: symbolic)")
      .option("past", "N", "onnx: with keys and values of N earlier tokens, fixed")
      .flag("with-past", "onnx: with keys and values of earlier tokens, symbolic without --past")
      .option("opset", "N", "onnx: operator set, 13 to 20 (default 17)");
  return args;
}

train::ExportFormat format_named(const std::string& name) {
  if (name == "hf") return train::ExportFormat::kHuggingFace;
  if (name == "config") return train::ExportFormat::kConfig;
  if (name == "onnx") return train::ExportFormat::kOnnx;
  throw user_error("--format is '" + name + "'; accepted: hf, config, onnx");
}

deploy::OnnxOptions onnx_options(const Arguments& args) {
  const auto length = [&](const char* name) {
    return args.has(name) ? std::optional(args.integer(name, 0, {.min = 1, .max = space::kMaxGene}))
                          : std::nullopt;
  };
  return {.batch_size = length("batch"),
          .sequence_length = length("sequence"),
          .with_past = args.has("with-past") || args.has("past"),
          .past_length = length("past"),
          .opset = static_cast<int>(args.integer("opset", deploy::OnnxOptions{}.opset,
                                                 {.min = kMinOpset, .max = kMaxOpset}))};
}

void refuse_onnx_options(const Arguments& args, const std::string& format) {
  for (const char* name : kOnnxOptions)
    if (args.has(name))
      throw user_error("--" + std::string(name) + " is for --format onnx, not " + format);
}

train::ExportOptions options_of(const Arguments& args) {
  const std::string format = args.required("format");
  train::ExportOptions options{
      .format = format_named(format),
      .output = args.required("output"),
      .seed = static_cast<std::uint64_t>(args.integer("seed", 1, {.min = 0, .max = INT64_MAX}))};
  if (options.format == train::ExportFormat::kOnnx)
    options.onnx = onnx_options(args);
  else
    refuse_onnx_options(args, format);
  return options;
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

void print(const train::ExportResult& result, bool json) {
  if (json) {
    nlohmann::ordered_json out = {{"path", result.path.string()}, {"bytes", result.bytes}};
    for (const auto& file : result.beside) out["beside"].push_back(file.string());
    print_json(out);
    return;
  }
  std::cout << result.path.string();
  for (const auto& file : result.beside) std::cout << " and beside it " << file.string();
  std::cout << " (" << human_bytes(static_cast<double>(result.bytes)) << ")\n";
}

}  // namespace

int export_model(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const train::ExportOptions options = options_of(args);
  const auto source = source_of(args.text("source"));
  std::optional<train::Tokenizer> tokenizer;
  if (options.format == train::ExportFormat::kHuggingFace) tokenizer = tokenizer_of(source);
  print(train::export_model(source, tokenizer ? &*tokenizer : nullptr, options), args.json());
  return 0;
}

}  // namespace lts::cli

#pragma once

#include <cstdint>
#include <filesystem>
#include <variant>
#include <vector>

#include "deploy/onnx_export.h"
#include "space/architecture.h"
#include "train/tokenizer/tokenizer.h"

namespace lts::train {

enum class ExportFormat {
  kHuggingFace,  ///< a folder for AutoModelForCausalLM.from_pretrained, tokenizer included
  kConfig,       ///< a config.json alone, for AutoModelForCausalLM.from_config
  kOnnx,         ///< a graph with its weights for other runtimes, as deploy/onnx_export.h says
};

struct ExportOptions {
  ExportFormat format = ExportFormat::kHuggingFace;
  std::filesystem::path output;  ///< the folder (must not hold files); for the others the file
  std::uint64_t seed = 1;        ///< of the weights an architecture without a model gets
  deploy::OnnxOptions onnx{};
};

struct ExportResult {
  std::filesystem::path path;
  std::int64_t bytes = 0;  ///< of all files written
  /// Files beside `path` that belong to it (kOnnx: the weights of a model too large for one file;
  /// kConfig: the modelling code that it names).
  std::vector<std::filesystem::path> beside{};
};

/// What is exported: an architecture (gets seeded weights) or an existing MODEL_DIR.
using ExportSource = std::variant<space::Architecture, std::filesystem::path>;

/// Writes `source` to options.output, whole or not at all. `tokenizer`: written beside the model
/// (nullptr: none; kHuggingFace alone has one). \throws Error kUser when output is in the way, the
/// source is bad or its architecture does not fit options.onnx, kRuntime when the disk fails.
ExportResult export_model(const ExportSource& source, const Tokenizer* tokenizer,
                          const ExportOptions& options);

}  // namespace lts::train

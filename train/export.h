#pragma once

#include <cstdint>
#include <filesystem>
#include <variant>

#include "space/architecture.h"
#include "train/tokenizer/tokenizer.h"

namespace lts::train {

enum class ExportFormat {
  kHuggingFace,  ///< a folder for AutoModelForCausalLM.from_pretrained, tokenizer included
  kConfig,       ///< a config.json alone, for AutoModelForCausalLM.from_config
};

struct ExportOptions {
  ExportFormat format = ExportFormat::kHuggingFace;
  std::filesystem::path output;  ///< the folder (must not hold files) or, for kConfig, the file
  std::uint64_t seed = 1;        ///< of the weights an architecture without a model gets
};

struct ExportResult {
  std::filesystem::path path;
  std::int64_t bytes = 0;  ///< of all files written
};

/// What is exported: an architecture (gets seeded weights) or an existing MODEL_DIR.
using ExportSource = std::variant<space::Architecture, std::filesystem::path>;

/// Writes `source` to options.output, whole or not at all. `tokenizer`: written beside the model
/// (nullptr: none). \throws Error kUser when output is in the way or the source is bad, kRuntime
/// when the disk fails.
ExportResult export_model(const ExportSource& source, const Tokenizer* tokenizer,
                          const ExportOptions& options);

}  // namespace lts::train

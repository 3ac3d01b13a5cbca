#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "train/data/input_reader.h"
#include "train/data/manifest.h"
#include "train/data/prepare.h"
#include "train/data/prepare_progress.h"

namespace lts::train {

/// The inputs with what they are, checked as far as that goes without reading them.
struct CheckedInputs {
  std::vector<InputSpec> train;
  std::vector<InputSpec> validation;  ///< one or none
  std::int64_t total_bytes = 0;       ///< 0: unknown (a pipe among them)
};

/// \throws Error kUser for options that contradict, inputs that are missing, empty, folders or of a
/// compression that is not read. Changes nothing.
CheckedInputs check_options(const PrepareOptions& options);

PrepareSettings settings_of(const PrepareOptions& options);

/// \throws Error kUser unless the progress in `folder` is of the same settings, vocabulary and
/// length of shards; the message names the first that differs.
void check_same(const PrepareProgress& progress, const std::filesystem::path& folder,
                const Manifest& asked, std::int64_t shard_tokens);

/// The finished result in the output folder when `options.resume` asks for it; nothing where there
/// is none to find. \throws Error kUser when the folder is taken and resume was not asked for, or
/// when the result was made with other settings (the message names the first that differs).
std::optional<Manifest> finished_result(const PrepareOptions& options,
                                        const VocabularyId& vocabulary);

}  // namespace lts::train

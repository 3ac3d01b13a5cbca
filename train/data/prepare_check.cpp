#include "train/data/prepare_check.h"

#include <unistd.h>

#include <algorithm>

#include "core/error.h"
#include "core/file.h"
#include "core/text.h"
#include "train/data/token_dataset.h"
#include "train/data/validation_tail.h"
#include "train/data/work_folder.h"

namespace lts::train {
namespace {

void check_numbers(const PrepareOptions& options) {
  if (options.threads < 0) {
    throw user_error("threads is " + std::to_string(options.threads) +
                     "; accepted: 0 (all cores) or more");
  }
  if (options.max_tokens != 0 && options.max_tokens < 2 * kMinSplitTokens) {
    throw user_error("max-tokens is " + std::to_string(options.max_tokens) +
                     "; accepted: 0 (all) or at least " + std::to_string(2 * kMinSplitTokens));
  }
  if (options.shard_tokens < 0 || options.shard_tokens > kMaxShardTokens) {
    throw user_error("shard tokens are " + std::to_string(options.shard_tokens) +
                     "; accepted: 0 to " + std::to_string(kMaxShardTokens));
  }
}

InputKind kind_of(const std::string& path, InputFormat format) {
  if (format != InputFormat::kAuto) {
    return format == InputFormat::kText ? InputKind::kText : InputKind::kJsonLines;
  }
  if (path == "-" || path.ends_with(".jsonl") || path.ends_with(".jsonl.zst")) {
    return InputKind::kJsonLines;
  }
  for (const char* suffix : {".zst", ".gz", ".xz", ".bz2", ".zip", ".parquet"}) {
    if (path.ends_with(suffix)) {
      throw user_error(Place{path}, std::string("a ") + suffix +
                                        " file of this name is not read; accepted: text, .jsonl, "
                                        ".jsonl.zst, or --format pile for zstd JSON Lines");
    }
  }
  return InputKind::kText;
}

// The size of a regular file, nothing for a pipe.
std::optional<std::int64_t> check_file(const std::string& path) {
  if (path == "-") {
    return std::nullopt;
  }
  const Place place{path};
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    throw user_error(place, "not found");
  }
  if (fs::is_directory(status)) {
    throw user_error(place, "is a folder; name the files in it");
  }
  if (access(path.c_str(), R_OK) != 0) {
    throw user_error(place, "may not be read by this user");
  }
  if (!fs::is_regular_file(status)) {
    return std::nullopt;
  }
  if (fs::file_size(path) == 0) {
    throw user_error(place, "is empty: there is no text to tokenize");
  }
  return static_cast<std::int64_t>(fs::file_size(path));
}

void check_pile_filter(const PrepareOptions& options, const CheckedInputs& inputs) {
  const bool any_lines = std::any_of(inputs.train.begin(), inputs.train.end(), [](const auto& in) {
    return in.kind == InputKind::kJsonLines;
  });
  if (!options.pile_set_names.empty() && !any_lines) {
    throw user_error(
        "pile-set-name has no effect: no input is JSON Lines (.jsonl, .jsonl.zst or -)");
  }
}

const char* name_of(InputFormat format) {
  switch (format) {
    case InputFormat::kText:
      return "text";
    case InputFormat::kPile:
      return "pile";
    case InputFormat::kAuto:
      break;
  }
  return "auto";
}

[[noreturn]] void refuse_other(const fs::path& file, const std::string& key,
                               const std::string& before, const std::string& now) {
  throw user_error(Place{file.string()}, "was made with " + key + " " + before +
                                             ", now asked for " + now +
                                             "; give another folder to -o");
}

void compare(const fs::path& file, const char* key, const std::string& before,
             const std::string& now) {
  if (before != now) {
    refuse_other(file, key, "'" + before + "'", "'" + now + "'");
  }
}

void compare_settings(const fs::path& file, const PrepareSettings& before,
                      const PrepareSettings& now) {
  compare(file, "inputs", join(before.inputs, ", "), join(now.inputs, ", "));
  compare(file, "format", before.format, now.format);
  compare(file, "validation", before.validation, now.validation);
  compare(file, "max-tokens", std::to_string(before.max_tokens), std::to_string(now.max_tokens));
  compare(file, "pile-set-name", join(before.pile_set_names, ", "), join(now.pile_set_names, ", "));
}

// An input that is still there must have the size it had.
void compare_sizes(const fs::path& file, const Manifest& manifest) {
  for (const InputRecord& input : manifest.inputs) {
    std::error_code error;
    if (input.path == "-" || !input.size_bytes || !fs::is_regular_file(input.path, error)) {
      continue;
    }
    const auto now = static_cast<std::int64_t>(fs::file_size(input.path));
    if (now != *input.size_bytes) {
      refuse_other(file, "an input " + input.path + " of",
                   std::to_string(*input.size_bytes) + " bytes", std::to_string(now));
    }
  }
}

}  // namespace

CheckedInputs check_options(const PrepareOptions& options) {
  check_numbers(options);
  if (options.inputs.empty()) {
    throw user_error("no input is named; accepted: text files, .jsonl, .jsonl.zst, or -");
  }
  if (options.output.empty()) {
    throw user_error("no output folder is named (-o DIR)");
  }
  if (std::count(options.inputs.begin(), options.inputs.end(), "-") > 1 ||
      options.validation == "-") {
    throw user_error("standard input (-) can be one input only, and not the validation file");
  }
  CheckedInputs checked;
  bool sizes_known = true;
  const auto add = [&](const std::string& path, std::vector<InputSpec>& list) {
    list.push_back({path, kind_of(path, options.format)});
    const std::optional<std::int64_t> size = check_file(path);
    sizes_known = sizes_known && size;
    checked.total_bytes += size.value_or(0);
  };
  for (const std::string& path : options.inputs) {
    add(path, checked.train);
  }
  if (!options.validation.empty()) {
    add(options.validation.string(), checked.validation);
  }
  checked.total_bytes = sizes_known ? checked.total_bytes : 0;
  check_pile_filter(options, checked);
  return checked;
}

PrepareSettings settings_of(const PrepareOptions& options) {
  return {options.inputs, name_of(options.format), options.validation.string(), options.max_tokens,
          options.pile_set_names};
}

void check_same(const PrepareProgress& progress, const fs::path& folder, const Manifest& asked,
                std::int64_t shard_tokens) {
  const fs::path file = folder / kProgressName;
  compare_settings(file, progress.settings, asked.settings);
  compare(file, "vocabulary", progress.vocabulary.sha256, asked.vocabulary.sha256);
  compare(file, "tokens a shard", std::to_string(progress.shard_tokens),
          std::to_string(shard_tokens));
}

std::optional<Manifest> finished_result(const PrepareOptions& options,
                                        const VocabularyId& vocabulary) {
  const fs::path& folder = options.output;
  if (fs::exists(folder) && !fs::is_directory(folder)) {
    throw user_error(Place{folder.string()}, "is a file; -o names a folder");
  }
  if (!holds_prepared(folder)) {
    return std::nullopt;
  }
  const bool finished = fs::exists(folder / kManifestName);
  if (!options.resume) {
    throw user_error(Place{folder.string()},
                     finished ? "holds prepared data already; name another folder, or add --resume "
                                "to print its result again"
                              : "holds an unfinished preparation; add --resume to go on with it");
  }
  if (!finished) {
    return std::nullopt;
  }
  Manifest manifest = read_manifest(folder);
  const fs::path file = folder / kManifestName;
  compare_settings(file, manifest.settings, settings_of(options));
  compare(file, "vocabulary", manifest.vocabulary.sha256, vocabulary.sha256);
  compare_sizes(file, manifest);
  TokenDataset(folder, Split::kTrain);
  TokenDataset(folder, Split::kValidation);
  return manifest;
}

}  // namespace lts::train

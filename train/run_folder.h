#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lts::train {

// What a training run's folder holds, beside the Hugging Face files of its last state.
inline constexpr const char* kConfigFile = "config.yaml";  ///< resolved; the first file written
inline constexpr const char* kEnvironmentFile = "environment.json";
inline constexpr const char* kLogFile = "log.jsonl";
inline constexpr const char* kTensorBoard = "tensorboard";  ///< a folder of event files
inline constexpr const char* kCheckpoints = "checkpoints";
inline constexpr const char* kResultFile = "train_results.json";  ///< its presence: finished
inline constexpr const char* kLockFile = ".lock";
inline constexpr const char* kManifestFile = "manifest.json";  ///< of a checkpoint

/// "step-120": the folder of a checkpoint in CHECKPOINTS.
std::string checkpoint_name(std::int64_t step);
/// The steps of the checkpoints in `checkpoints`, ascending, whole or not.
std::vector<std::int64_t> checkpoint_steps(const std::filesystem::path& checkpoints);

/// The sequence length that the model in `model_dir`, a training run's folder or one of its
/// checkpoints, was trained on; nothing for any other folder. \throws Error kUser for a damaged
/// config.yaml.
std::optional<std::int64_t> trained_sequence_length(const std::filesystem::path& model_dir);

}  // namespace lts::train

#pragma once

namespace lts::train {

// What a training run's folder holds, beside the Hugging Face files of its last state.
inline constexpr const char* kConfigFile = "config.yaml";  ///< resolved; the first file written
inline constexpr const char* kEnvironmentFile = "environment.json";
inline constexpr const char* kLogFile = "log.jsonl";
inline constexpr const char* kCheckpoints = "checkpoints";
inline constexpr const char* kResultFile = "train_results.json";  ///< its presence: finished
inline constexpr const char* kLockFile = ".lock";

}  // namespace lts::train

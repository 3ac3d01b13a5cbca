#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "space/architecture.h"
#include "train/data/token_dataset.h"
#include "train/distributed/ranks.h"
#include "train/tokenizer/tokenizer.h"
#include "train/train_config.h"
#include "train/train_result.h"
#include "train/training_log.h"

namespace lts::train {

/// The token shards of a run, both splits open.
struct TrainData {
  /// \throws Error kUser as TokenDataset.
  explicit TrainData(const std::filesystem::path& folder);

  std::filesystem::path folder;
  TokenDataset train, validation;
  std::string sha256;  ///< of the manifest: which data these are
};

/// One run: what trains on what. Refers to its data and tokenizer.
struct TrainingRun {
  TrainConfig config;
  space::Architecture architecture;
  const TrainData& data;
  const Tokenizer& tokenizer;
};

enum class Start {
  kNew,     ///< a folder that holds a run is refused
  kResume,  ///< goes on from the last whole checkpoint, or from the beginning where there is none
};

/// Told of what happens, from the training's own thread; each may be empty.
struct TrainingEvents {
  std::function<void(const LogRecord&)> logged = {};
  std::function<void(const ValidationRecord&)> validated = {};
  /// After every step: steps done, steps in all, the loss.
  std::function<void(std::int64_t, std::int64_t, double)> stepped = {};
  std::function<void(const std::string&)> said = {};  ///< a line of text
};

/// Checks that configuration, architecture, data, vocabulary, device and dtype fit together.
/// `root` gives the places for messages. \throws Error kUser.
void check_run(const TrainingRun& run, const YamlNode& root);

/// Checks that `output` may be used so. Changes nothing. \throws Error kUser when it holds a run
/// (kNew), another run than this one (kResume, with the first key that differs), or something else
/// that would be overwritten.
void check_folder(const TrainingRun& run, const YamlNode& root, const std::filesystem::path& output,
                  Start start);

/// (all) Checks that this rank was started as rank 0 was. \throws Error kUser with the first key
/// that differs.
void check_same_on_all(const TrainingRun& run, Ranks& ranks);
/// (all) The same for anything in JSON that all must share.
void check_same_on_all(const nlohmann::ordered_json& ours, Ranks& ranks);

/// The global_batch_size of the run in `output`, or nothing where there is none.
std::optional<std::int64_t> saved_global_batch_size(const std::filesystem::path& output);

/// Checks that the run in `output` has this configuration. \throws Error kUser with the first key
/// that differs.
void check_same_run(const TrainingRun& run, const YamlNode& root,
                    const std::filesystem::path& output);

/// Trains in `output`: config.yaml, log.jsonl, checkpoints/step-<n>/, the Hugging Face folder of
/// the last state in `output` itself, train_results.json at the end. A finished run is not trained
/// again: its result is read. Of several ranks, rank 0 writes all files, reads the checkpoint and
/// gives the result; the others need the data alone. Precondition: check_run passed, and on rank 0
/// check_folder. Where the disk is full, it trains on and saves when there is room; where the loss
/// is not finite in many steps in a row, it goes back (rollback.h). \throws Error kStopped after a
/// signal to any rank, everything saved; kRuntime when the last state of all cannot be saved, or
/// going back did not help; all ranks alike.
TrainResult train(const TrainingRun& run, const std::filesystem::path& output,
                  const TrainingEvents& events = {}, Ranks& ranks = Ranks::alone());

}  // namespace lts::train

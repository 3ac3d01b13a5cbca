#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "train/data/manifest.h"
#include "train/data/token_collector.h"

namespace lts::train {

/// How far an unfinished preparation has come with the train split: which shards are finished, and
/// what had been collected before the batch of the input in which the last of them was. From there
/// on the input is tokenized again; before it is read, which is many times quicker.
struct PrepareProgress {
  VocabularyId vocabulary;
  PrepareSettings settings;
  std::int64_t shard_tokens = 0;
  std::int64_t batches = 0;            ///< collected before
  std::uint64_t batches_checksum = 0;  ///< of their text, so that other inputs are noticed
  Collected collected;
  std::int64_t tokens = 0;  ///< likewise before
  std::vector<ShardRecord> shards{};
};

inline constexpr const char* kProgressName = "progress.json";

/// Writes FOLDER/progress.json. \throws Error kRuntime for the disk.
void write_progress(const std::filesystem::path& folder, const PrepareProgress& progress);

/// Nothing where there is none, or it or one of its shards is damaged, which a warning then says.
std::optional<PrepareProgress> read_progress(const std::filesystem::path& folder);

/// Whether there is one.
bool holds_progress(const std::filesystem::path& folder);

}  // namespace lts::train

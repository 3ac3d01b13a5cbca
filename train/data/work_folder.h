#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/file.h"
#include "train/data/prepare_progress.h"

namespace lts::train {

/// Whether `folder` holds what lts prepare made: a manifest, shards, or what a killed run left.
bool holds_prepared(const std::filesystem::path& folder);

/// A hidden folder inside the output folder where shards are written. Unless publish() was reached,
/// its destruction leaves the output folder as it was; where progress was written
/// (prepare_progress.h) the hidden folder stays.
class WorkFolder {
 public:
  /// Makes `output` and the hidden folder, locked. \throws Error kUser when another process is
  /// preparing there, or no folder can be made.
  explicit WorkFolder(const std::filesystem::path& output);
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder();

  const std::filesystem::path& path() const { return path_; }
  /// Of files that are published in place of those of their name in path().
  std::filesystem::path replacements() const { return path_ / "final"; }

  /// Brings shards back that a run published before it was killed without its manifest.
  void take_back();
  /// Removes what an earlier run left, but what `progress` names.
  void clear_but(const std::optional<PrepareProgress>& progress);

  /// Moves the files into the output folder, then writes the manifest there. Where that fails they
  /// are moved back. \throws Error kRuntime.
  void publish(const std::vector<std::string>& files, const std::string& manifest);

 private:
  std::filesystem::path output_, path_;
  bool made_output_ = false, published_ = false;
  std::optional<FileLock> lock_;
  std::vector<std::pair<std::filesystem::path, std::filesystem::path>> moved_;  ///< from, to
};

}  // namespace lts::train

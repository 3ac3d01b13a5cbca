#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "space/model_folder.h"

namespace lts::train {

/// The kept checkpoints of a run, FOLDER/step-<n>/ each. A checkpoint is a folder of files with a
/// manifest.json of their sizes and checksums. It is written under another name, synced, the
/// manifest last, and renamed: under its own name it is whole.
class CheckpointStore {
 public:
  /// `keep`: how many of the newest stay. The folder is made by the first save().
  CheckpointStore(std::filesystem::path folder, std::int64_t keep);

  /// Writes step-<step>, replacing one of that name, then removes all but the newest `keep`.
  /// \throws Error kRuntime (disk full, ...): the checkpoints there before are untouched.
  void save(std::int64_t step, const std::vector<space::ModelFile>& files);

  /// The newest whole checkpoint's step, every file verified; of those `wanted`, where given. A
  /// damaged one is set aside as step-<n>.damaged with a warning, and the one before is tried. Also
  /// removes what a kill in save() left.
  using Wanted = std::function<bool(std::int64_t step)>;
  std::optional<std::int64_t> newest_whole(const Wanted& wanted = {});

  /// Removes those of later steps than `step`, the last one first.
  void remove_after(std::int64_t step) const;
  /// Removes the oldest one, unless none but damaged ones are newer. False: nothing was removed.
  bool make_room() const;

  std::filesystem::path path_of(std::int64_t step) const;
  /// The steps on disk, ascending, whole or not.
  std::vector<std::int64_t> steps() const;
  /// steps() up to the newest whole one, every file verified; changes nothing.
  std::vector<std::int64_t> steps_up_to_whole() const;

 private:
  void remove_unfinished() const;
  std::filesystem::path folder_;
  std::int64_t keep_;
};

/// What is wrong with a checkpoint folder ("model.safetensors has 12 bytes, not 400"), or nothing.
std::optional<std::string> checkpoint_flaw(const std::filesystem::path& folder);

}  // namespace lts::train

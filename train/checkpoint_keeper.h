#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "space/model_folder.h"
#include "train/checkpoint.h"

namespace lts::train {

/// Saves the states of a run, as a checkpoint and in the run's folder itself, on a disk that may be
/// full: then old checkpoints make room, never the newest whole one, and it is tried again.
class CheckpointKeeper {
 public:
  using Files = std::vector<space::ModelFile>;

  /// What it needs of its surroundings; each may be empty.
  struct Means {
    /// Puts on disk what must be there before a checkpoint is; throws where it cannot.
    std::function<void()> before = {};
    std::function<void(const std::string&)> say = {};  ///< a line of text
    std::function<bool()> asked_to_stop = {};
    std::function<void(double)> sleep = {};  ///< seconds; empty: this thread sleeps
  };

  /// `output`: the run's folder; `keep`: how many checkpoints stay.
  CheckpointKeeper(std::filesystem::path output, std::int64_t keep, Means means);

  CheckpointStore& checkpoints() { return checkpoints_; }

  /// Saves the state of `step`. False: the disk refused, what was saved before is untouched, and it
  /// was said, once until something is saved again.
  bool try_save(std::int64_t step, const Files& files);
  /// Whether the last try failed and it is time, a minute later, for another one.
  bool retry_is_due() const;

  /// Saves the last state of all: where the disk refuses, waits a minute for room, less when asked
  /// to stop. \throws Error kRuntime that names the newest whole checkpoint.
  void save(std::int64_t step, const Files& files);

  /// Copies the model of a saved state into the folder itself where another one is there: a kill
  /// came between. \throws Error kRuntime.
  void publish(std::int64_t step) const;

 private:
  struct Attempt;
  std::optional<std::string> make(Attempt& attempt);
  bool pause() const;
  bool asked_to_stop() const { return means_.asked_to_stop && means_.asked_to_stop(); }
  void say(std::int64_t step, const std::string& text) const;
  std::string what_is_whole() const;
  void count_success(std::int64_t step);

  std::filesystem::path output_;
  CheckpointStore checkpoints_;
  Means means_;
  std::int64_t num_failed_ = 0;  // since something was saved
  std::chrono::steady_clock::time_point last_failure_ = {};
};

}  // namespace lts::train

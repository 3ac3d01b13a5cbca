#pragma once

#include <filesystem>
#include <utility>

#include "train/run_folder.h"
#include "train/tensorboard.h"
#include "train/training_log.h"

namespace lts::train {

/// All that a run records of itself in its folder: log.jsonl, and the same curves for TensorBoard.
class RunLog {
 public:
  /// For a process that goes on after `last_step`: what tells of later steps goes.
  RunLog(const std::filesystem::path& run, std::int64_t last_step, std::int64_t restart,
         TensorBoardLog::Say say)
      : lines_(run / kLogFile, last_step),
        curves_(run / kTensorBoard, last_step, restart, std::move(say)) {}

  /// A LogRecord or a ValidationRecord; a disk that refuses ends nothing.
  template <typename Record>
  void append(const Record& record) {
    lines_.append(record);
    curves_.append(record);
  }
  /// As TrainingLog::flush.
  void flush() { lines_.flush(); }

 private:
  TrainingLog lines_;
  TensorBoardLog curves_;
};

}  // namespace lts::train

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "core/file.h"

namespace lts::train {

/// One line of log.jsonl: the training figures of the steps since the last such line.
struct LogRecord {
  std::int64_t step = 0;          ///< steps done, skipped ones included
  std::int64_t tokens = 0;        ///< tokens trained on so far
  double loss = 0;                ///< mean of the steps since the last record; NaN: all skipped
  double grad_norm = 0;           ///< of the last step, before clipping
  double learning_rate = 0;       ///< of the last step
  double tokens_per_s = 0;        ///< a step's tokens over the median time of the steps
  double gemm_fraction = 0;       ///< of the measured matrix-multiply rate; NaN: an older log
  double data_wait_fraction = 0;  ///< share of the time spent waiting for tokens
  double comm_wait_fraction = 0;  ///< share spent waiting for other ranks
  std::int64_t peak_memory_bytes = 0;
  std::int64_t skipped_steps = 0;  ///< so far, for a loss or gradient that was not finite
  std::int64_t rollbacks = 0;  ///< how often the run went back to a checkpoint, for many of them
  double elapsed_s = 0;        ///< over all restarts
  double time_left_s = 0;
  std::int64_t restart = 0;  ///< how often the run was resumed
};

/// The other kind of line: a validation.
struct ValidationRecord {
  std::int64_t step = 0;
  std::int64_t tokens = 0;  ///< tokens trained on so far
  double validation_loss = 0;
  double perplexity = 0;
  double elapsed_s = 0;
  std::int64_t restart = 0;
};

/// log.jsonl: one JSON object a line, each complete on disk when append() returns, or not at all.
class TrainingLog {
 public:
  /// Opens or creates the log and drops what lies after the last whole record of a step up to
  /// `last_step`: steps that will be made again, a torn line.
  TrainingLog(const std::filesystem::path& path, std::int64_t last_step);

  /// Where the disk refuses (full), the record and those after it are kept, with one warning, and
  /// written with the next one.
  void append(const LogRecord& record);
  void append(const ValidationRecord& record);
  /// Writes what was kept. \throws Error kRuntime (disk full): it is still kept.
  void flush();

 private:
  void write(const std::string& line);

  AppendFile file_;
  std::string kept_;  // whole lines
};

/// What a log tells of the latest state of its run.
struct LogEnd {
  std::optional<LogRecord> step;               ///< the last line of a step; NaN for a null
  std::optional<ValidationRecord> validation;  ///< the last validation's
};
/// Empty where there is no log or no record. Torn and damaged lines are passed over.
LogEnd read_log_end(const std::filesystem::path& path);

/// The largest `restart` that a log tells of, or nothing where there is no log or no record.
std::optional<std::int64_t> last_restart(const std::filesystem::path& path);

}  // namespace lts::train

#pragma once

#include <string>

#include "train/training_run.h"

namespace lts::cli {

/// Shows a training on standard error: a live line on a terminal, plain lines otherwise.
class TrainProgress {
 public:
  TrainProgress();
  /// Ends a live line that is still open.
  ~TrainProgress();
  TrainProgress(const TrainProgress&) = delete;
  TrainProgress& operator=(const TrainProgress&) = delete;

  /// A line of text that begins a training: forgets the figures of the one before.
  void start(const std::string& text);
  /// Events that print here; they refer to this object.
  train::TrainingEvents events();
  /// A line of text, below which a live line goes on.
  void say(const std::string& text);

 private:
  void show_live(std::int64_t step, std::int64_t steps, double loss);
  void show_record(const train::LogRecord& record);

  bool terminal_, line_is_open_ = false;
  std::int64_t steps_ = 0;
  double shown_s_ = 0;
  train::LogRecord last_;
};

}  // namespace lts::cli

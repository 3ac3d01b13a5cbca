#pragma once

#include <string>

#include "train/training_run.h"

namespace lts::cli {

/// Shows a training on standard error: a live line on a terminal, plain lines otherwise.
class TrainProgress {
 public:
  TrainProgress();
  /// Events that print here; they refer to this object.
  train::TrainingEvents events();
  /// A line of text, below which a live line goes on.
  void say(const std::string& text);

 private:
  void show_live(std::int64_t step, std::int64_t steps, double loss);
  void show_record(const train::LogRecord& record);

  bool terminal_;
  std::int64_t steps_ = 0;
  double shown_s_ = 0;
  train::LogRecord last_;
};

}  // namespace lts::cli

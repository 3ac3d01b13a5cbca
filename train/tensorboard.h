#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/file.h"
#include "train/training_log.h"

namespace lts::train {

/// The curves of a run for TensorBoard: loss, validation_loss, perplexity, learning_rate,
/// grad_norm, tokens_per_s and gemm_fraction over the step. Each start of the process writes an
/// event file of its own, events.out.tfevents.<unix time>.<host>.<process>.<restart>, whose name
/// comes after those of the files that are there, so that TensorBoard reads it last. log.jsonl is
/// the record of the run; these files may be missing or end early: nothing here throws, and what
/// cannot be written is said once.
class TensorBoardLog {
 public:
  /// A line of text for the user.
  using Say = std::function<void(const std::string&)>;

  /// Begins a file in `folder`, which is made where it is missing. What earlier files tell of steps
  /// after `last_step`, which will be made again, TensorBoard then forgets.
  TensorBoardLog(const std::filesystem::path& folder, std::int64_t last_step, std::int64_t restart,
                 Say say);

  /// On disk when they return.
  void append(const LogRecord& record);
  void append(const ValidationRecord& record);

 private:
  using Scalars = std::vector<std::pair<std::string_view, double>>;
  void append(std::int64_t step, const Scalars& scalars);
  void attempt(const std::function<void()>& write);

  Say say_;
  bool said_ = false;
  std::optional<AppendFile> file_;
};

}  // namespace lts::train

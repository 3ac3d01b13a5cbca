#include "train/training_status.h"

#include <algorithm>
#include <cmath>

#include "core/config_reader.h"
#include "core/error.h"
#include "core/file.h"
#include "core/or_null.h"
#include "core/yaml.h"
#include "train/run_folder.h"
#include "train/train_result.h"
#include "train/training_log.h"

namespace lts::train {

namespace {

std::optional<double> if_finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> planned_steps(const fs::path& folder) {
  if (!fs::exists(folder / kConfigFile)) return std::nullopt;
  const YamlNode root = load_yaml(folder / kConfigFile);
  const YamlNode* steps = root.find("steps");
  if (steps == nullptr) return std::nullopt;
  return as_int(*steps, "steps");
}

void add_log(RunStatus& status, const LogEnd& end) {
  if (end.step) {
    const LogRecord& record = *end.step;
    status.step = record.step;
    status.loss = if_finite(record.loss);
    status.rate = if_finite(record.tokens_per_s);
    status.elapsed_s = if_finite(record.elapsed_s);
    status.time_left_s = if_finite(record.time_left_s);
  }
  const auto of_validation = [&](double ValidationRecord::*value) {
    return end.validation ? if_finite((*end.validation).*value) : std::nullopt;
  };
  const LogRecord record = end.step.value_or(LogRecord{});
  status.more = {{"tokens", record.tokens},
                 {"tokens_per_s", or_null(status.rate)},
                 {"validation_loss", or_null(of_validation(&ValidationRecord::validation_loss))},
                 {"perplexity", or_null(of_validation(&ValidationRecord::perplexity))},
                 {"skipped_steps", record.skipped_steps},
                 {"rollbacks", record.rollbacks}};
}

// A run that was killed between a checkpoint and the next line of its log.
void add_checkpoint(RunStatus& status, const fs::path& folder, fs::file_time_type now) {
  const auto steps = checkpoint_steps(folder / kCheckpoints);
  if (steps.empty()) return;
  status.checkpoint = folder / kCheckpoints / checkpoint_name(steps.back());
  status.checkpoint_age_s = file_age_s(*status.checkpoint / kManifestFile, now);
  status.step = std::max(status.step.value_or(0), steps.back());
}

void add_result(RunStatus& status, const fs::path& file) {
  const auto steps = read_train_result(file).steps;
  status.state = RunState::kFinished;
  status.step = steps;
  status.time_left_s = 0;
}

void fill(RunStatus& status, const fs::path& folder, fs::file_time_type now) {
  if (FileLock::is_held(folder / kLockFile)) status.state = RunState::kRunning;
  status.steps = planned_steps(folder);
  add_log(status, read_log_end(folder / kLogFile));
  add_checkpoint(status, folder, now);
  status.restarts = last_restart(folder / kLogFile).value_or(0);
  status.silent_s = file_age_s(folder / kLogFile, now);
  if (!status.step) status.step = 0;
  if (fs::exists(folder / kResultFile)) add_result(status, folder / kResultFile);
}

}  // namespace

bool holds_training_run(const fs::path& folder) {
  if (fs::exists(folder / kLogFile)) return true;
  if (!fs::exists(folder / kConfigFile)) return false;
  try {
    return load_yaml(folder / kConfigFile).find("steps") != nullptr;
  } catch (const Error&) {
    return false;  // something else's
  }
}

RunStatus training_status(const fs::path& folder, fs::file_time_type now) {
  RunStatus status{.folder = folder, .kind = "training", .rate_unit = "tokens/s"};
  try {
    fill(status, folder, now);
  } catch (const Error& error) {
    status.state = RunState::kDamaged;
    status.flaw = error.what();
  }
  return status;
}

}  // namespace lts::train

#include "train/training_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>

#include "core/error.h"
#include "core/file.h"
#include "core/hardware.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/turn.h"
#include "train/checkpoint.h"
#include "train/evaluate.h"
#include "train/peak_memory.h"
#include "train/run_folder.h"
#include "train/step_times.h"
#include "train/train_state.h"
#include "train/trainer.h"

namespace lts::train {

namespace {

using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kMaxSkippedInARow = 20;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The loop around a Trainer: log, validation, checkpoints, signals.
class Loop {
 public:
  Loop(const TrainingRun& run, const fs::path& output, const TrainingEvents& events);
  TrainResult run();

 private:
  void write_environment() const;
  void go_on_from_checkpoint();
  StepResult step_in_turn();
  void one_step();
  void log_step(const StepResult& step);
  void validate_if_due();
  void validate();
  bool checkpoint_is_due() const;
  void save_checkpoint();
  void publish_checkpoint() const;
  void stop_if_asked();
  TrainResult finish();
  double elapsed_s() const { return state_.elapsed_s + seconds_since(start_); }
  bool done() const { return state_.step >= config_.steps; }
  std::int64_t tokens() const { return state_.step * config_.tokens_per_step(); }

  const TrainingRun& run_;
  const TrainConfig& config_;
  fs::path output_;
  const TrainingEvents& events_;
  CheckpointStore checkpoints_;
  Trainer trainer_;
  TrainState state_;
  std::optional<TrainingLog> log_;
  StepTimes times_;
  Clock::time_point start_ = Clock::now(), last_checkpoint_ = start_;
  std::int64_t saved_step_ = -1;
};

Loop::Loop(const TrainingRun& run, const fs::path& output, const TrainingEvents& events)
    : run_(run),
      config_(run.config),
      output_(output),
      events_(events),
      checkpoints_(output / kCheckpoints, run.config.checkpoint_keep),
      trainer_(run.config, run.architecture, run.data.train),
      times_(run.config.tokens_per_step()) {
  reset_peak_memory();
}

void Loop::write_environment() const {
  const ordered_json environment = {{"hardware", hardware_fingerprint()},
                                    {"libtorch", TORCH_VERSION},
                                    {"threads", at::get_num_threads()},
                                    {"data_sha256", run_.data.sha256}};
  write_file_atomic(output_ / kEnvironmentFile, environment.dump(2) + "\n");
}

void Loop::go_on_from_checkpoint() {
  const auto restarts = last_restart(output_ / kLogFile);
  state_.data_sha256 = run_.data.sha256;
  if (const auto step = checkpoints_.newest_whole()) {
    state_ = restore_checkpoint(trainer_, checkpoints_.path_of(*step));
    if (state_.data_sha256 != run_.data.sha256)
      throw user_error(Place{run_.data.folder.string()},
                       "holds other data than the run in " + output_.string() + " was trained on");
    saved_step_ = *step;
    state_.restart = std::max(state_.restart, restarts.value_or(0)) + 1;
    if (events_.said) events_.said("going on after step " + std::to_string(*step));
  } else if (restarts) {
    state_.restart = *restarts + 1;
  }
  log_.emplace(output_ / kLogFile, state_.step);
}

TrainResult Loop::run() {
  go_on_from_checkpoint();
  write_environment();
  start_ = last_checkpoint_ = Clock::now();
  validate_if_due();  // where a signal came between the step and its validation
  while (!done()) {
    one_step();
    validate_if_due();
    if (!done() && checkpoint_is_due()) save_checkpoint();
    stop_if_asked();
  }
  return finish();
}

/// Pauses while another process of lts measures; the wait is no time of the step.
StepResult Loop::step_in_turn() {
  const WorkTurn turn;
  return trainer_.step(state_.step);
}

void Loop::one_step() {
  const StepResult step = step_in_turn();
  times_.add(step.elapsed_s, step.data_s);
  ++state_.step;
  if (step.skipped) {
    ++state_.skipped_steps;
    ++state_.skipped_in_a_row;
  } else {
    state_.skipped_in_a_row = 0;
    state_.loss_sum += step.loss;
    ++state_.loss_count;
  }
  if (events_.stepped) events_.stepped(state_.step, config_.steps, step.loss);
  if (state_.step % config_.log_every == 0 || done()) log_step(step);
  if (state_.skipped_in_a_row < kMaxSkippedInARow) return;
  throw runtime_error(output_.string(),
                      "step " + std::to_string(state_.step) +
                          ": loss or gradient was not finite in " +
                          std::to_string(kMaxSkippedInARow) +
                          " steps in a row; a lower learning_rate or gradient_clip, in another "
                          "folder, may help");
}

void Loop::log_step(const StepResult& step) {
  const double loss =
      state_.loss_count > 0 ? state_.loss_sum / static_cast<double>(state_.loss_count) : kNan;
  const LogRecord record = {
      .step = state_.step,
      .tokens = tokens(),
      .loss = loss,
      .grad_norm = step.grad_norm,
      .learning_rate = step.learning_rate,
      .tokens_per_s = times_.tokens_per_s(),
      .data_wait_fraction = times_.data_wait_fraction(),
      .peak_memory_bytes = peak_memory_bytes(),
      .skipped_steps = state_.skipped_steps,
      .elapsed_s = elapsed_s(),
      .time_left_s = times_.median_s() * static_cast<double>(config_.steps - state_.step),
      .restart = state_.restart};
  log_->append(record);
  if (events_.logged) events_.logged(record);
  if (state_.loss_count > 0) state_.train_loss = loss;
  state_.loss_sum = 0;
  state_.loss_count = 0;
}

void Loop::validate_if_due() {
  const bool due = config_.validate_every > 0 && state_.step % config_.validate_every == 0;
  if (due && state_.step > 0 && state_.validated_step != state_.step && !interrupted()) validate();
}

void Loop::validate() {
  const EvalOptions options = {
      .sequence_length = config_.sequence_length,
      .batch_size = config_.actual_micro_batch_size(),
      .num_batches = config_.validate_batches,
      .progress = [](std::int64_t, std::int64_t) { throw_if_interrupted("validating"); }};
  EvalResult result;
  try {
    result = evaluate(trainer_.model(), run_.data.validation, options);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kStopped) return;  // the loop saves and stops
    throw;
  }
  state_.validation_loss = result.loss;
  state_.validated_step = state_.step;
  const ValidationRecord record = {.step = state_.step,
                                   .tokens = tokens(),
                                   .validation_loss = result.loss,
                                   .perplexity = result.perplexity,
                                   .elapsed_s = elapsed_s(),
                                   .restart = state_.restart};
  log_->append(record);
  if (events_.validated) events_.validated(record);
}

bool Loop::checkpoint_is_due() const {
  const bool by_step = config_.checkpoint_every > 0 && state_.step % config_.checkpoint_every == 0;
  const double minutes = seconds_since(last_checkpoint_) / 60;
  return by_step ||
         (config_.checkpoint_every_minutes > 0 && minutes >= config_.checkpoint_every_minutes);
}

void Loop::save_checkpoint() {
  if (saved_step_ == state_.step) return;
  TrainState state = state_;
  state.elapsed_s = elapsed_s();
  try {
    const auto files = checkpoint_files(trainer_, state, run_.tokenizer);
    checkpoints_.save(state_.step, files);
    for (const auto& file : files)
      if (is_hugging_face_file(file.name)) write_file_atomic(output_ / file.name, file.content);
  } catch (const Error& error) {
    const auto kept = checkpoints_.steps();
    const auto last = kept.empty() ? "there is no checkpoint yet"
                                   : checkpoints_.path_of(kept.back()).string() + " is whole";
    throw runtime_error(
        "", std::string(error.what()) + "; " + last + "; make room and add --resume to go on");
  }
  saved_step_ = state_.step;
  last_checkpoint_ = Clock::now();
}

// The folder's own files are written after the checkpoint: a kill between leaves older ones there.
void Loop::publish_checkpoint() const {
  for (const auto& entry : fs::directory_iterator(checkpoints_.path_of(state_.step))) {
    const std::string name = entry.path().filename().string();
    if (!is_hugging_face_file(name)) continue;
    const std::string content = read_file(entry.path());
    if (!fs::exists(output_ / name) || read_file(output_ / name) != content)
      write_file_atomic(output_ / name, content);
  }
}

void Loop::stop_if_asked() {
  if (!interrupted() || done()) return;
  save_checkpoint();
  throw_if_interrupted(output_.string() + " is saved after step " + std::to_string(state_.step) +
                       " of " + std::to_string(config_.steps) + "; add --resume to go on");
}

TrainResult Loop::finish() {
  const bool was_saved = saved_step_ == state_.step;
  if (state_.validated_step != state_.step && !interrupted()) validate();
  if (was_saved)
    publish_checkpoint();
  else
    save_checkpoint();
  if (state_.validated_step != state_.step)
    throw_if_interrupted(output_.string() +
                         " is trained and saved; --resume adds the last validation");
  const double validation_loss = state_.validation_loss.value_or(kNan);
  if (!std::isfinite(validation_loss))
    throw runtime_error(output_.string(),
                        "is trained, but its validation loss is not finite; a lower learning_rate "
                        "or gradient_clip, in another folder, may help");
  const TrainResult result = {.steps = state_.step,
                              .tokens = tokens(),
                              .train_loss = state_.train_loss.value_or(kNan),
                              .validation_loss = validation_loss,
                              .perplexity = std::exp(validation_loss),
                              .tokens_per_s = times_.tokens_per_s(),
                              .peak_memory_bytes = peak_memory_bytes(),
                              .checkpoint = checkpoints_.path_of(state_.step).string()};
  write_file_atomic(output_ / kResultFile, to_json(result).dump(2) + "\n");
  return result;
}

TrainResult read_result(const fs::path& path) {
  try {
    const auto value = nlohmann::json::parse(read_file(path));
    const auto number = [&](const char* key) {
      return value.at(key).is_null() ? kNan : value.at(key).get<double>();
    };
    return {.steps = value.at("steps"),
            .tokens = value.at("tokens"),
            .train_loss = number("train_loss"),
            .validation_loss = number("validation_loss"),
            .perplexity = number("perplexity"),
            .tokens_per_s = number("tokens_per_s"),
            .peak_memory_bytes = value.at("peak_memory_bytes"),
            .checkpoint = value.at("checkpoint")};
  } catch (const nlohmann::json::exception& error) {
    throw user_error(Place{path.string()}, "is no training result: " + std::string(error.what()));
  }
}

}  // namespace

ordered_json to_json(const TrainResult& result) {
  return {{"steps", result.steps},
          {"tokens", result.tokens},
          {"train_loss", result.train_loss},
          {"validation_loss", result.validation_loss},
          {"perplexity", result.perplexity},
          {"tokens_per_s", result.tokens_per_s},
          {"peak_memory_bytes", result.peak_memory_bytes},
          {"checkpoint", result.checkpoint}};
}

TrainResult train(const TrainingRun& run, const fs::path& output, const TrainingEvents& events) {
  if (fs::exists(output / kResultFile)) return read_result(output / kResultFile);
  make_folder(output);
  const FileLock lock(output / kLockFile, "this training run");
  // Another process may have begun here since check_folder.
  if (fs::exists(output / kConfigFile))
    check_same_run(run, YamlNode{}, output);
  else
    write_file_atomic(output / kConfigFile,
                      to_yaml(train_config_json(run.config, run.architecture, run.data.folder)));
  return Loop(run, output, events).run();
}

}  // namespace lts::train

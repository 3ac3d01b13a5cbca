#include "train/training_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>

#include "core/error.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/seconds_since.h"
#include "core/turn.h"
#include "train/checkpoint_keeper.h"
#include "train/environment_file.h"
#include "train/evaluate.h"
#include "train/gemm_rate.h"
#include "train/peak_memory.h"
#include "train/plan.h"
#include "train/rollback.h"
#include "train/run_folder.h"
#include "train/run_log.h"
#include "train/step_times.h"
#include "train/train_state.h"
#include "train/trainer.h"

namespace lts::train {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// The loop around a Trainer: log, validation, checkpoints, signals. All ranks go through it alike,
/// with equal states; rank 0 alone touches the folder.
class Loop {
 public:
  Loop(const TrainingRun& run, const fs::path& output, const TrainingEvents& events, Ranks& ranks);
  TrainResult run();

 private:
  void go_on_from_checkpoint();
  void read_checkpoint();
  void copy_state_from_first();
  bool asked_to_stop();
  bool agree_to_go_on();
  std::optional<StepResult> step_in_turn();
  bool one_step();
  void go_back();
  void restore_good_state();
  void log_step(const StepResult& step);
  void validate_if_due();
  void validate();
  std::optional<EvalResult> scores();
  bool minutes_are_over() const;
  bool checkpoint_is_due() const;
  enum class Need { kMay, kMust };
  void save_checkpoint(Need need);
  bool write_checkpoint(Need need);
  Error stopped(const std::string& saved);
  [[noreturn]] void stop();
  TrainResult finish();
  double elapsed_s() const { return state_.elapsed_s + seconds_since(start_); }
  bool done() const { return state_.step >= config_.steps; }
  std::int64_t tokens() const { return state_.step * config_.tokens_per_step(); }

  const TrainingRun& run_;
  const TrainConfig& config_;
  fs::path output_;
  const TrainingEvents& events_;
  Ranks& ranks_;
  CheckpointKeeper keeper_;
  Trainer trainer_;
  TrainState state_;
  std::optional<RunLog> log_;
  StepTimes times_;
  double flops_per_token_;
  std::optional<GemmRate> gemm_rate_;
  Clock::time_point start_ = Clock::now(), last_checkpoint_ = start_;
  std::int64_t saved_step_ = -1;
  bool stop_ = false, minutes_over_ = false;  // as all ranks agreed
};

Loop::Loop(const TrainingRun& run, const fs::path& output, const TrainingEvents& events,
           Ranks& ranks)
    : run_(run),
      config_(run.config),
      output_(output),
      events_(events),
      ranks_(ranks),
      keeper_(output, run.config.checkpoint_keep,
              {.before = [this] { log_->flush(); },
               .say = events.said,
               .asked_to_stop = [this] { return stop_ || interrupted(); }}),
      trainer_(run.config, run.architecture, run.data.train, ranks),
      times_(run.config.tokens_per_step()),
      flops_per_token_(training_flops_per_token(run.config, run.architecture)) {
  reset_peak_memory(trainer_.device());
}

void Loop::read_checkpoint() {
  const auto restarts = last_restart(output_ / kLogFile);
  state_.data_sha256 = run_.data.sha256;
  if (const auto step = keeper_.checkpoints().newest_whole()) {
    state_ = restore_checkpoint(trainer_, keeper_.checkpoints().path_of(*step));
    if (state_.data_sha256 != run_.data.sha256)
      throw user_error(Place{run_.data.folder.string()},
                       "holds other data than the run in " + output_.string() + " was trained on");
    saved_step_ = *step;
    state_.restart = std::max(state_.restart, restarts.value_or(0)) + 1;
    if (events_.said) events_.said("going on after step " + std::to_string(*step));
  } else if (restarts) {
    state_.restart = *restarts + 1;
  }
  log_.emplace(output_, state_.step, state_.restart, events_.said);
}

void Loop::copy_state_from_first() {
  if (!ranks_.are_several()) return;
  trainer_.copy_from_first();
  state_ = parse_state(ranks_.text_of_first(state_text(state_, 0))).state;
  saved_step_ = std::stoll(ranks_.text_of_first(std::to_string(saved_step_)));
}

void Loop::go_on_from_checkpoint() {
  gemm_rate_.emplace([this] { return gemm_flops_per_s(trainer_.device(), config_.dtype, ranks_); });
  ranks_.enter(Phase::kStarting);
  ranks_.on_first([&] {
    read_checkpoint();
    write_environment(output_, run_.data.sha256, gemm_rate_->flops_per_s(), ranks_);
  });
  copy_state_from_first();
}

TrainResult Loop::run() {
  go_on_from_checkpoint();
  start_ = last_checkpoint_ = Clock::now();
  validate_if_due();  // where a signal came between the step and its validation
  while (!done()) {
    if (!one_step()) stop();
    if (must_go_back(state_)) {
      go_back();
      continue;
    }
    validate_if_due();
    if (!done() && checkpoint_is_due()) save_checkpoint(Need::kMay);
  }
  return finish();
}

/// Whether a signal came to any rank.
bool Loop::asked_to_stop() {
  if (!stop_) stop_ = ranks_.any(interrupted());
  return stop_;
}

/// As !asked_to_stop(), once a step; rank 0's clock says when minutes are over.
bool Loop::agree_to_go_on() {
  const bool over = ranks_.is_first() && minutes_are_over();
  const auto said = ranks_.sum({interrupted() ? 1.0 : 0.0, over ? 1.0 : 0.0});
  stop_ = stop_ || said[0] > 0;
  minutes_over_ = said[1] > 0;
  return !stop_;
}

/// Pauses while another process of lts measures; the wait is no time of the step. One rank takes
/// the turn for all of this machine. A training over several machines takes none: two of them could
/// each hold a turn of one machine and wait for ever for the other's. Nothing: a signal came.
std::optional<StepResult> Loop::step_in_turn() {
  const std::int64_t number = state_.step + 1;
  std::optional<WorkTurn> turn;
  if (ranks_.is_first() && ranks_.are_on_one_host()) {
    ranks_.enter(Phase::kTurn, number);
    turn.emplace();
  }
  ranks_.enter(Phase::kStep, number);
  if (!agree_to_go_on()) return std::nullopt;
  ranks_.enter(Phase::kStep, number);
  return trainer_.step(state_.step, state_.step + state_.data_offset);
}

/// False, nothing done: a signal came.
bool Loop::one_step() {
  const auto made = step_in_turn();
  if (!made) return false;
  const StepResult& step = *made;
  times_.add(step.elapsed_s, step.data_s, step.comm_s);
  count_step(state_, step.skipped, step.loss);
  if (events_.stepped) events_.stepped(state_.step, config_.steps, step.loss);
  if (state_.step % config_.log_every == 0 || done()) log_step(step);
  return true;
}

// All ranks come here with the same state, and leave with that of rank 0.
void Loop::go_back() {
  if (!may_go_back(state_))
    throw ranks_.agreed(runtime_error(output_.string(), giving_up_text(state_)));
  ranks_.enter(Phase::kStarting, state_.step);
  ranks_.on_first([&] { restore_good_state(); });
  copy_state_from_first();
}

// The checkpoints of later steps go: a run that is resumed is not to begin with them. Where a kill
// comes before the next one is saved, all this happens again.
void Loop::restore_good_state() {
  auto& checkpoints = keeper_.checkpoints();
  const TrainState now = state_;
  const auto step = checkpoint_to_go_back_to(checkpoints, now, config_.checkpoint_every);
  checkpoints.remove_after(step.value_or(-1));
  TrainState saved;
  if (step)
    saved = restore_checkpoint(trainer_, checkpoints.path_of(*step));
  else
    trainer_.start_anew();
  state_ = gone_back(now, saved);
  saved_step_ = step.value_or(-1);
  log_.emplace(output_, state_.step, state_.restart, events_.said);
  if (events_.said) events_.said(going_back_text(now, state_));
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
      .gemm_fraction = gemm_rate_->fraction(times_.tokens_per_s() * flops_per_token_, ranks_),
      .data_wait_fraction = times_.data_wait_fraction(),
      .comm_wait_fraction = times_.comm_wait_fraction(),
      .peak_memory_bytes = peak_memory_bytes(trainer_.device()),
      .skipped_steps = state_.skipped_steps,
      .rollbacks = state_.rollbacks,
      .elapsed_s = elapsed_s(),
      .time_left_s = times_.median_s() * static_cast<double>(config_.steps - state_.step),
      .restart = state_.restart};
  ranks_.on_first([&] { log_->append(record); });
  if (events_.logged) events_.logged(record);
  if (state_.loss_count > 0) state_.train_loss = loss;
  state_.loss_sum = 0;
  state_.loss_count = 0;
}

void Loop::validate_if_due() {
  const bool due = config_.validate_every > 0 && state_.step % config_.validate_every == 0;
  if (due && state_.step > 0 && state_.validated_step != state_.step && !asked_to_stop())
    validate();
}

/// Of the validation split, each rank scoring its share of the batches. Nothing: a signal came.
std::optional<EvalResult> Loop::scores() {
  const EvalOptions options = {
      .sequence_length = config_.sequence_length,
      .batch_size = config_.micro_batch_size,  // the same for any number of ranks
      .num_batches = config_.validate_batches,
      .share = ranks_.rank(),
      .shares = ranks_.size(),
      .progress = [&](std::int64_t, std::int64_t) {
        if (asked_to_stop()) throw Error(ErrorKind::kStopped, "validating");
        ranks_.enter(Phase::kValidating, state_.step);  // a long split takes its time
      }};
  EvalResult result;
  try {
    result = evaluate(trainer_.model(), run_.data.validation, options);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kStopped) return std::nullopt;  // the loop saves and stops
    throw;
  }
  const auto sums = ranks_.sum({result.loss_sum, static_cast<double>(result.tokens)});
  result.loss = sums[0] / sums[1];
  result.perplexity = std::exp(result.loss);
  return result;
}

void Loop::validate() {
  ranks_.enter(Phase::kValidating, state_.step);
  const auto scored = scores();
  if (!scored) return;
  const EvalResult& result = *scored;
  state_.validation_loss = result.loss;
  state_.validated_step = state_.step;
  const ValidationRecord record = {.step = state_.step,
                                   .tokens = tokens(),
                                   .validation_loss = result.loss,
                                   .perplexity = result.perplexity,
                                   .elapsed_s = elapsed_s(),
                                   .restart = state_.restart};
  ranks_.on_first([&] { log_->append(record); });
  if (events_.validated) events_.validated(record);
}

bool Loop::minutes_are_over() const {
  const double minutes = seconds_since(last_checkpoint_) / 60;
  return keeper_.retry_is_due() ||
         (config_.checkpoint_every_minutes > 0 && minutes >= config_.checkpoint_every_minutes);
}

// Among skipped steps nothing is learnt that could be lost, and a good checkpoint (rollback.h)
// would be pushed out.
bool Loop::checkpoint_is_due() const {
  if (state_.skipped_in_a_row > 0) return false;
  const bool by_step = config_.checkpoint_every > 0 && state_.step % config_.checkpoint_every == 0;
  return by_step || minutes_over_;
}

void Loop::save_checkpoint(Need need) {
  if (saved_step_ == state_.step) return;
  ranks_.enter(Phase::kSaving, state_.step);
  bool saved = true;
  ranks_.on_first([&] { saved = write_checkpoint(need); });
  if (!ranks_.any(!saved)) saved_step_ = state_.step;
  last_checkpoint_ = Clock::now();
  minutes_over_ = false;
}

bool Loop::write_checkpoint(Need need) {
  TrainState state = state_;
  state.elapsed_s = elapsed_s();
  const auto files = checkpoint_files(trainer_, state, run_.tokenizer);
  if (need == Need::kMay) return keeper_.try_save(state_.step, files);
  keeper_.save(state_.step, files);
  return true;
}

Error Loop::stopped(const std::string& saved) {
  return ranks_.agreed(
      Error(ErrorKind::kStopped, "stopped by a signal: " + output_.string() + saved));
}

void Loop::stop() {
  save_checkpoint(Need::kMust);
  throw stopped(" is saved after step " + std::to_string(state_.step) + " of " +
                std::to_string(config_.steps) + "; add --resume to go on");
}

TrainResult Loop::finish() {
  const bool was_saved = saved_step_ == state_.step;
  if (state_.validated_step != state_.step && !asked_to_stop()) validate();
  if (was_saved)
    ranks_.on_first([&] { keeper_.publish(state_.step); });
  else
    save_checkpoint(Need::kMust);
  if (state_.validated_step != state_.step)
    throw stopped(" is trained and saved; --resume adds the last validation");
  const double validation_loss = state_.validation_loss.value_or(kNan);
  if (!std::isfinite(validation_loss))
    throw ranks_.agreed(
        runtime_error(output_.string(),
                      "is trained, but its validation loss is not finite; a lower learning_rate "
                      "or gradient_clip, in another folder, may help"));
  const TrainResult result = {.steps = state_.step,
                              .tokens = tokens(),
                              .train_loss = state_.train_loss.value_or(kNan),
                              .validation_loss = validation_loss,
                              .perplexity = std::exp(validation_loss),
                              .tokens_per_s = times_.tokens_per_s(),
                              .peak_memory_bytes = peak_memory_bytes(trainer_.device()),
                              .checkpoint = keeper_.checkpoints().path_of(state_.step).string()};
  ranks_.on_first([&] {
    log_->flush();
    write_file_atomic(output_ / kResultFile, to_json(result).dump(2) + "\n");
  });
  return result;
}

}  // namespace

TrainResult train(const TrainingRun& run, const fs::path& output, const TrainingEvents& events,
                  Ranks& ranks) {
  ranks.enter(Phase::kStarting);
  check_same_on_all(run, ranks);
  std::optional<TrainResult> finished;
  std::optional<FileLock> lock;
  ranks.on_first([&] {
    if (fs::exists(output / kResultFile)) {
      finished = read_train_result(output / kResultFile);
      return;
    }
    make_folder(output);
    lock.emplace(output / kLockFile, "this training run");
    // Another process may have begun here since check_folder.
    if (fs::exists(output / kConfigFile))
      check_same_run(run, YamlNode{}, output);
    else
      write_file_atomic(output / kConfigFile,
                        to_yaml(train_config_json(run.config, run.architecture, run.data.folder)));
  });
  if (ranks.any(finished.has_value())) return finished.value_or(TrainResult{});
  return Loop(run, output, events, ranks).run();
}

}  // namespace lts::train

#include "train/rollback.h"

#include <algorithm>

namespace lts::train {

namespace {

std::string failure_text(const TrainState& now) {
  return "step " + std::to_string(now.step) + ": loss or gradient was not finite in " +
         std::to_string(now.skipped_in_a_row) + " steps in a row";
}

}  // namespace

void count_step(TrainState& state, bool skipped, double loss) {
  ++state.step;
  if (skipped) {
    ++state.skipped_steps;
    ++state.skipped_in_a_row;
    return;
  }
  state.skipped_in_a_row = 0;
  if (state.step > state.failed_step) state.rollbacks_in_a_row = 0;
  state.loss_sum += loss;
  ++state.loss_count;
}

bool must_go_back(const TrainState& state) { return state.skipped_in_a_row >= kMaxSkippedInARow; }

bool may_go_back(const TrainState& state) { return state.rollbacks_in_a_row < kMaxRollbacksInARow; }

std::optional<std::int64_t> checkpoint_to_go_back_to(CheckpointStore& checkpoints,
                                                     const TrainState& state,
                                                     std::int64_t checkpoint_every) {
  const std::int64_t last_finite = state.step - state.skipped_in_a_row;
  const auto is_good = [&](std::int64_t step) { return step < last_finite; };
  const auto is_every_runs = [&](std::int64_t step) {
    return is_good(step) && checkpoint_every > 0 && step % checkpoint_every == 0;
  };
  if (const auto step = checkpoints.newest_whole(is_every_runs)) return step;
  if (const auto step = checkpoints.newest_whole(is_good)) return step;
  return checkpoints.newest_whole();
}

TrainState gone_back(const TrainState& now, TrainState saved) {
  saved.data_offset = now.step + now.data_offset - saved.step;
  saved.skipped_steps = now.skipped_steps;  // those that are undone too: they tell of trouble
  saved.skipped_in_a_row = 0;
  saved.rollbacks = now.rollbacks + 1;
  saved.rollbacks_in_a_row = now.rollbacks_in_a_row + 1;
  saved.failed_step = std::max(now.failed_step, now.step);
  saved.elapsed_s = now.elapsed_s;
  saved.restart = now.restart;
  saved.data_sha256 = now.data_sha256;
  return saved;
}

std::string going_back_text(const TrainState& now, const TrainState& back) {
  return failure_text(now) + "; going back to step " + std::to_string(back.step) +
         ", past the data of " + std::to_string(now.step - back.step) + " steps";
}

std::string giving_up_text(const TrainState& now) {
  return failure_text(now) + ", after going back " + std::to_string(now.rollbacks_in_a_row) +
         " times; a lower learning_rate or gradient_clip, in another folder, may help";
}

}  // namespace lts::train

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "train/checkpoint.h"
#include "train/train_state.h"

namespace lts::train {

// A step whose loss or gradient is not finite changes no weight and is counted. Many in a row are
// no accident of a batch: the run goes back to a checkpoint from before them and on with the data
// that come after them, passing over all that was read since the checkpoint, as Chowdhery et al.
// 2022 (PaLM, section 5.1) did by hand: a loss that spikes needs both the weights and the data.
// All of it is a function of the state and of the checkpoints on disk, so a run that was killed
// before its next checkpoint comes to the same streak again and goes back to the same place.

/// So many skipped steps in a row are too many.
inline constexpr std::int64_t kMaxSkippedInARow = 20;
/// So often a run goes back without coming past the step where it failed.
inline constexpr std::int64_t kMaxRollbacksInARow = 3;

/// Counts a step that was made; `loss` counts where it was not skipped.
void count_step(TrainState& state, bool skipped, double loss);

/// Whether so many steps in a row were skipped that the run has to go back, or to end.
bool must_go_back(const TrainState& state);
/// Whether it may go back once more.
bool may_go_back(const TrainState& state);

/// The checkpoint to go back to; nothing: to the fresh weights. A good one is from before the first
/// of the skipped steps in a row: the step after it was finite, so its weights are no part of what
/// went wrong. (The weights of every checkpoint are finite, those taken among skipped steps too,
/// but these are the weights that gave no finite step.) Of the good ones the newest that every run
/// of this configuration has, `checkpoint_every`, so that a run that was stopped in between, which
/// left one more, does as one that was not. Where no good one was kept, the newest whole one: then
/// the data alone are passed over. Damaged ones are set aside.
std::optional<std::int64_t> checkpoint_to_go_back_to(CheckpointStore& checkpoints,
                                                     const TrainState& state,
                                                     std::int64_t checkpoint_every);

/// The state with which a run goes on that was at `now`, from what a checkpoint `saved` (or the
/// state of a new run).
TrainState gone_back(const TrainState& now, TrainState saved);

/// "step 40: loss or gradient was not finite in 20 steps in a row", and what is done about it:
/// the run that was at `now` goes on with `back`; or it ends.
std::string going_back_text(const TrainState& now, const TrainState& back);
std::string giving_up_text(const TrainState& now);

}  // namespace lts::train

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "space/model_folder.h"
#include "train/tokenizer/tokenizer.h"
#include "train/trainer.h"

namespace lts::train {

/// What a checkpoint knows beside weights and moments. The order of the data and the draws of
/// dropout follow from the step and the offset.
struct TrainState {
  std::int64_t step = 0;  ///< steps done
  std::int64_t skipped_steps = 0;
  std::int64_t skipped_in_a_row = 0;
  std::int64_t data_offset = 0;  ///< global batches passed over: step k, from 0, reads k + this
  std::int64_t rollbacks = 0;    ///< how often the run went back (rollback.h)
  std::int64_t rollbacks_in_a_row = 0;  ///< without coming past failed_step
  std::int64_t failed_step = 0;         ///< the last step before it went back
  double elapsed_s = 0;                 ///< over all restarts
  std::int64_t restart = 0;
  double loss_sum = 0;  ///< of the steps since the last line of the log
  std::int64_t loss_count = 0;
  std::optional<double> train_loss;       ///< of the last line of the log
  std::optional<double> validation_loss;  ///< of the last validation
  std::int64_t validated_step = -1;       ///< its step
  std::string data_sha256;                ///< of the data's manifest
};

/// trainer_state.json, and back. \throws nlohmann::json::exception when it is no such text.
std::string state_text(const TrainState& state, std::int64_t num_updates);
struct SavedState {
  TrainState state;
  std::int64_t num_updates;
};
SavedState parse_state(const std::string& text);

/// A whole checkpoint's files: the Hugging Face folder (fp32 weights, tokenizer), the moments and
/// the state.
std::vector<space::ModelFile> checkpoint_files(Trainer& trainer, const TrainState& state,
                                               const Tokenizer& tokenizer);

/// Those of checkpoint_files that make DIR itself a Hugging Face folder.
bool is_hugging_face_file(const std::string& name);

/// Puts a checkpoint's weights and moments into `trainer` and returns its state. The checkpoint
/// must be whole (CheckpointStore::newest_whole). \throws Error kUser when it is not this run's.
TrainState restore_checkpoint(Trainer& trainer, const std::filesystem::path& checkpoint);

}  // namespace lts::train

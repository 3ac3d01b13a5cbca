#include "train/train_state.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"
#include "core/or_null.h"
#include "space/tensor_file.h"
#include "train/checkpoint.h"
#include "train/run_folder.h"

namespace lts::train {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kStateFile = "trainer_state.json";
constexpr const char* kMomentsFile = "optimizer.safetensors";
constexpr const char* kWeightsFile = "model.safetensors";
constexpr std::int64_t kNone = 0;

std::optional<double> optional_of(const json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

TrainState state_of(const json& value) {
  return {.step = value.at("step"),
          .skipped_steps = value.at("skipped_steps"),
          .skipped_in_a_row = value.at("skipped_in_a_row"),
          // Not in the checkpoints of versions that never went back.
          .data_offset = value.value("data_offset", kNone),
          .rollbacks = value.value("rollbacks", kNone),
          .rollbacks_in_a_row = value.value("rollbacks_in_a_row", kNone),
          .failed_step = value.value("failed_step", kNone),
          .elapsed_s = value.at("elapsed_s"),
          .restart = value.at("restart"),
          .loss_sum = value.at("loss_sum"),
          .loss_count = value.at("loss_count"),
          .train_loss = optional_of(value.at("train_loss")),
          .validation_loss = optional_of(value.at("validation_loss")),
          .validated_step = value.at("validated_step"),
          .data_sha256 = value.at("data_sha256")};
}

}  // namespace

std::string state_text(const TrainState& state, std::int64_t num_updates) {
  const ordered_json value = {{"step", state.step},
                              {"optimizer_updates", num_updates},
                              {"skipped_steps", state.skipped_steps},
                              {"skipped_in_a_row", state.skipped_in_a_row},
                              {"data_offset", state.data_offset},
                              {"rollbacks", state.rollbacks},
                              {"rollbacks_in_a_row", state.rollbacks_in_a_row},
                              {"failed_step", state.failed_step},
                              {"elapsed_s", state.elapsed_s},
                              {"restart", state.restart},
                              {"loss_sum", state.loss_sum},
                              {"loss_count", state.loss_count},
                              {"train_loss", or_null(state.train_loss)},
                              {"validation_loss", or_null(state.validation_loss)},
                              {"validated_step", state.validated_step},
                              {"data_sha256", state.data_sha256}};
  return value.dump(2) + "\n";
}

SavedState parse_state(const std::string& text) {
  const json value = json::parse(text);
  return {state_of(value), value.at("optimizer_updates")};
}

std::vector<space::ModelFile> checkpoint_files(Trainer& trainer, const TrainState& state,
                                               const Tokenizer& tokenizer) {
  const FlatParameters::Masters masters(trainer.parameters());
  auto files = space::model_files(trainer.model());
  const auto max_length = trainer.model().architecture().scalar("max_sequence_length");
  for (auto& [name, content] : tokenizer.hugging_face_files(max_length))
    files.push_back({name, std::move(content)});
  files.push_back({kMomentsFile, space::tensor_file_bytes(trainer.optimizer().moments())});
  files.push_back({kStateFile, state_text(state, trainer.optimizer().num_updates())});
  return files;
}

bool is_hugging_face_file(const std::string& name) {
  return name != kMomentsFile && name != kStateFile && name != kManifestFile;
}

TrainState restore_checkpoint(Trainer& trainer, const fs::path& checkpoint) {
  const fs::path state_file = checkpoint / kStateFile, moments_file = checkpoint / kMomentsFile;
  try {
    const SavedState saved = parse_state(read_file(state_file));
    if (!trainer.optimizer().restore(space::read_tensor_file(moments_file), saved.num_updates))
      throw user_error(Place{moments_file.string()}, "holds the moments of another model");
    {
      const FlatParameters::Masters masters(trainer.parameters());
      space::load_weights(trainer.model(), checkpoint / kWeightsFile);
    }
    trainer.parameters().refresh();
    return saved.state;
  } catch (const json::exception& error) {
    throw user_error(Place{state_file.string()},
                     "is no state of a training run: " + std::string(error.what()));
  }
}

}  // namespace lts::train

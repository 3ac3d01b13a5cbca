#include <nlohmann/json.hpp>

#include "core/digest.h"
#include "core/error.h"
#include "core/file.h"
#include "core/json_difference.h"
#include "space/family.h"
#include "train/device.h"
#include "train/run_folder.h"
#include "train/training_run.h"

namespace lts::train {

namespace {

using nlohmann::ordered_json;

void check_data(const TrainingRun& run, const YamlNode& root) {
  const Place folder{run.data.folder.string()};
  const auto needed = run.config.sequence_length + 1;
  const auto vocab_size = run.architecture.scalar("vocab_size");
  if (run.data.train.vocabulary_sha256() != run.tokenizer.vocabulary_sha256())
    throw user_error(folder, "was tokenized with another vocabulary than GPT-2's");
  if (run.data.train.vocab_size() > vocab_size)
    throw user_error(folder, "has a vocabulary of " + std::to_string(run.data.train.vocab_size()) +
                                 " tokens, the model one of " + std::to_string(vocab_size));
  if (run.data.train.num_tokens() < needed)
    throw user_error(place_of(root, "sequence_length"),
                     "sequence_length " + std::to_string(run.config.sequence_length) +
                         " needs at least " + std::to_string(needed) + " training tokens; " +
                         folder.file + " has " + std::to_string(run.data.train.num_tokens()));
  if (run.data.validation.num_tokens() < 2)
    throw user_error(folder, "has " + std::to_string(run.data.validation.num_tokens()) +
                                 " validation tokens; at least 2 are needed");
}

// What the weights follow from. The folder of the data may have moved; its content is compared. A
// run that ended by a time limit goes on with a longer one.
ordered_json recipe_of(ordered_json config) {
  for (const char* key : {"data", "distributed", "shutdown_timeout_s"}) config.erase(key);
  return config;
}

ordered_json config_of(const TrainingRun& run) {
  return train_config_json(run.config, run.architecture, run.data.folder);
}

std::string or_nothing(const ordered_json& value) {
  return value.is_null() ? "nothing" : value.dump();
}

}  // namespace

TrainData::TrainData(const fs::path& folder)
    : folder(folder),
      train(folder, Split::kTrain),
      validation(folder, Split::kValidation),
      sha256(sha256_hex_of_file(folder / "manifest.json")) {}

void check_run(const TrainingRun& run, const YamlNode& root) {
  if (const auto flaw = run.architecture.family().flaw(run.architecture))
    throw user_error(place_of(root, "model"), *flaw);
  const auto longest = run.architecture.scalar("max_sequence_length");
  if (run.config.sequence_length > longest)
    throw user_error(place_of(root, "sequence_length"),
                     "sequence_length is " + std::to_string(run.config.sequence_length) +
                         "; accepted: at most the model's max_sequence_length, " +
                         std::to_string(longest));
  check_shares(run.config, place_of(root, "global_batch_size"));
  const auto device = device_named(run.config.device, place_of(root, "device"));
  check_precision(run.config.dtype, device, place_of(root, "dtype"));
  check_data(run, root);
}

void check_same_on_all(const TrainingRun& run, Ranks& ranks) {
  ordered_json ours = recipe_of(config_of(run));
  ours["data_sha256"] = run.data.sha256;
  check_same_on_all(ours, ranks);
}

void check_same_on_all(const ordered_json& ours, Ranks& ranks) {
  const auto first = ordered_json::parse(ranks.text_of_first(ours.dump()));
  const auto differs = json_difference(first, ours);
  if (!differs) return;
  throw user_error(differs->path + " is " + or_nothing(differs->now) + " here, but " +
                   or_nothing(differs->before) +
                   " on rank 0; all ranks start with one configuration and the same data");
}

std::optional<std::int64_t> saved_global_batch_size(const fs::path& output) {
  if (!fs::exists(output / kConfigFile)) return std::nullopt;
  return read_train_config(load_yaml(output / kConfigFile)).global_batch_size;
}

void check_same_run(const TrainingRun& run, const YamlNode& root, const fs::path& output) {
  const auto saved = to_json(load_yaml(output / kConfigFile));
  // Read back from text as the saved one was, so that numbers compare alike.
  const auto ours = to_json(parse_yaml(to_yaml(config_of(run)), "the configuration"));
  const auto differs = json_difference(recipe_of(saved), recipe_of(ours));
  if (!differs) return;
  throw user_error(place_of(root, differs->path),
                   differs->path + " is " + or_nothing(differs->now) + ", but the run in " +
                       output.string() + " has " + or_nothing(differs->before) +
                       "; a run goes on with its own configuration only");
}

void check_folder(const TrainingRun& run, const YamlNode& root, const fs::path& output,
                  Start start) {
  const Place place{output.string()};
  if (!fs::exists(output)) return;
  if (!fs::is_directory(output)) throw user_error(place, "is a file; a folder is accepted");
  const bool has_run = fs::exists(output / kConfigFile);
  if (has_run && start == Start::kNew)
    throw user_error(place,
                     "holds a training run already; add --resume to go on with it, or "
                     "choose another folder");
  if (has_run) return check_same_run(run, root, output);
  for (const char* name : {kLogFile, kResultFile, kCheckpoints, kTensorBoard, "config.json",
                           "model.safetensors", "tokenizer.json", "vocab.json", "merges.txt"})
    if (fs::exists(output / name))
      throw user_error(place, "holds '" + std::string(name) +
                                  "' of something else, which training would overwrite; choose "
                                  "another folder");
}

}  // namespace lts::train

#include "train/train_config.h"

#include <algorithm>

#include "core/config_reader.h"
#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "space/arch_argument.h"

namespace lts::train {

namespace {

namespace fs = std::filesystem;

// Products of three of these stay below 2^63.
constexpr std::int64_t kMaxSteps = 100'000'000;
constexpr std::int64_t kMaxBatch = 100'000;
constexpr std::int64_t kMaxSequence = 100'000;
constexpr std::int64_t kMaxThreads = 4096;
constexpr std::int64_t kMaxSeed = 9'000'000'000'000'000;

constexpr double kMinTimeout_s = 1, kMaxTimeout_s = 1.0e6;

constexpr std::int64_t kDefaultWarmupSteps = 150;  // reference/archai.md 1.7

Schedule schedule_named(const std::string& name) {
  if (name == "linear") return Schedule::kLinear;
  if (name == "constant") return Schedule::kConstant;
  return name == "wsd" ? Schedule::kWsd : Schedule::kCosine;
}

// An override from the command line stands in no folder: its paths are relative to the present one.
fs::path relative_to_file(const std::string& path, const Place& place) {
  if (fs::path(path).is_absolute() || place.file.starts_with("--")) return path;
  return (fs::path(place.file).parent_path() / path).lexically_normal();
}

void read_batch(MapReader& reader, TrainConfig& config) {
  config.steps = reader.integer("steps", config.steps, {.min = 1, .max = kMaxSteps});
  config.micro_batch_size =
      reader.integer("micro_batch_size", config.micro_batch_size, {.min = 1, .max = kMaxBatch});
  config.global_batch_size = reader.integer(
      "global_batch_size", config.micro_batch_size * config.ranks, {.min = 1, .max = kMaxBatch});
  config.sequence_length =
      reader.integer("sequence_length", config.sequence_length, {.min = 1, .max = kMaxSequence});
  const auto dtype = reader.choice("dtype", "float32", {"float32", "bfloat16"});
  config.dtype = dtype == "bfloat16" ? Precision::kBfloat16 : Precision::kFloat32;
}

void read_betas(MapReader& reader, TrainConfig& config) {
  const YamlNode* node = reader.child("betas");
  if (node == nullptr) return;
  if (node->kind != YamlNode::Kind::kSequence || node->items.size() != 2)
    throw user_error(node->place, "betas must be a list of two numbers, as [0.9, 0.95]");
  for (std::size_t i = 0; i < 2; ++i) {
    config.betas[i] = as_double(node->items[i], "betas", {.min = 0.0, .max = 1.0});
    if (config.betas[i] == 1.0)
      throw user_error(node->items[i].place, "betas is 1; accepted: a number below 1");
  }
}

void read_recipe(MapReader& reader, TrainConfig& config) {
  config.learning_rate =
      reader.number("learning_rate", config.learning_rate, {.min = 0.0, .max = 10.0});
  config.schedule =
      schedule_named(reader.choice("schedule", "cosine", {"cosine", "linear", "constant", "wsd"}));
  config.warmup_steps =
      reader.integer("warmup_steps", std::min(kDefaultWarmupSteps, config.steps / 10),
                     {.min = 0, .max = kMaxSteps});
  config.min_learning_rate =
      reader.number("min_learning_rate", 0.0, {.min = 0.0, .max = config.learning_rate});
  reader.choice("optimizer", "adamw", {"adamw"});
  read_betas(reader, config);
  config.weight_decay = reader.number("weight_decay", config.weight_decay, {.min = 0, .max = 10});
  config.gradient_clip = reader.number("gradient_clip", config.gradient_clip, {.min = 0});
  config.dropout = reader.number("dropout", config.dropout, {.min = 0, .max = 0.99});
  config.seed = reader.integer("seed", config.seed, {.min = 0, .max = kMaxSeed});
}

void read_validate(MapReader& reader, TrainConfig& config) {
  static const YamlNode kAbsent;
  const YamlNode* node = reader.child("validate");
  MapReader validate(node == nullptr ? kAbsent : *node, "validate");
  config.validate_every =
      validate.integer("every", config.validate_every, {.min = 0, .max = kMaxSteps});
  config.validate_batches =
      validate.integer("batches", config.validate_batches, {.min = 0, .max = kMaxSteps});
  validate.finish();
}

void read_checkpoint(MapReader& reader, TrainConfig& config) {
  static const YamlNode kAbsent;
  const YamlNode* node = reader.child("checkpoint");
  MapReader checkpoint(node == nullptr ? kAbsent : *node, "checkpoint");
  config.checkpoint_every =
      checkpoint.integer("every", config.checkpoint_every, {.min = 0, .max = kMaxSteps});
  config.checkpoint_every_minutes =
      checkpoint.number("every_minutes", config.checkpoint_every_minutes, {.min = 0});
  config.checkpoint_keep =
      checkpoint.integer("keep", config.checkpoint_keep, {.min = 1, .max = 1000});
  checkpoint.finish();
}

void read_distributed(MapReader& reader, TrainConfig& config) {
  static const YamlNode kAbsent;
  const YamlNode* node = reader.child("distributed");
  MapReader distributed(node == nullptr ? kAbsent : *node, "distributed");
  config.timeout_s = distributed.number("timeout_s", config.timeout_s,
                                        {.min = kMinTimeout_s, .max = kMaxTimeout_s});
  distributed.finish();
}

void read_inputs(MapReader& reader, TrainConfig& config) {
  if (const YamlNode* model = reader.child("model")) {
    if (model->kind == YamlNode::Kind::kSequence)
      throw user_error(model->place, "model is a list; accepted: an ARCH or a map of genes");
    config.model = *model;
  }
  if (const YamlNode* data = reader.child("data"))
    config.data = relative_to_file(as_string(*data, "data"), data->place);
}

// What reads well and yet does nothing is said.
void warn_of_no_effect(const YamlNode& root, const TrainConfig& config) {
  const auto warn = [&](std::string_view key, const std::string& text) {
    log::warning(place_of(root, key).str() + ": " + text);
  };
  if (config.warmup_steps >= config.steps)
    warn("warmup_steps", "warmup_steps is " + std::to_string(config.warmup_steps) +
                             ", not below steps: the learning rate never reaches its peak");
  if (config.schedule == Schedule::kConstant && config.min_learning_rate > 0)
    warn("min_learning_rate", "min_learning_rate has no effect with schedule constant");
}

}  // namespace

std::int64_t TrainConfig::actual_micro_batch_size() const {
  std::int64_t size = std::min(micro_batch_size, sequences_per_rank());
  while (sequences_per_rank() % size != 0) --size;
  return size;
}

void check_shares(const TrainConfig& config, const Place& place) {
  if (config.global_batch_size % config.ranks == 0) return;
  throw user_error(place, "global_batch_size is " + std::to_string(config.global_batch_size) +
                              ", which " + std::to_string(config.ranks) +
                              " ranks cannot share evenly; accepted: a multiple of " +
                              std::to_string(config.ranks));
}

TrainConfig read_train_config(const YamlNode& root, std::int64_t ranks) {
  MapReader reader(root, "");
  TrainConfig config;
  config.ranks = ranks;
  read_inputs(reader, config);
  read_batch(reader, config);
  read_recipe(reader, config);
  config.threads = reader.integer("threads", config.threads, {.min = 0, .max = kMaxThreads});
  config.device = reader.string("device", config.device);
  read_validate(reader, config);
  read_checkpoint(reader, config);
  config.log_every = reader.integer("log_every", config.log_every, {.min = 1, .max = kMaxSteps});
  read_distributed(reader, config);
  config.shutdown_timeout_s = reader.number("shutdown_timeout_s", config.shutdown_timeout_s,
                                            {.min = kMinTimeout_s, .max = kMaxTimeout_s});
  reader.finish();
  if (config.learning_rate == 0)
    throw user_error(place_of(root, "learning_rate"),
                     "learning_rate is 0; accepted: a number above 0");
  check_shares(config, place_of(root, "global_batch_size"));
  warn_of_no_effect(root, config);
  return config;
}

nlohmann::ordered_json train_config_json(const TrainConfig& config,
                                         const space::Architecture& architecture,
                                         const fs::path& data) {
  return {{"model", space::architecture_json(architecture)},
          {"data", fs::absolute(data).lexically_normal().string()},
          {"steps", config.steps},
          {"global_batch_size", config.global_batch_size},
          {"micro_batch_size", config.micro_batch_size},
          {"sequence_length", config.sequence_length},
          {"dtype", name_of(config.dtype)},
          {"learning_rate", config.learning_rate},
          {"schedule", name_of(config.schedule)},
          {"warmup_steps", config.warmup_steps},
          {"min_learning_rate", config.min_learning_rate},
          {"optimizer", "adamw"},
          {"betas", config.betas},
          {"weight_decay", config.weight_decay},
          {"gradient_clip", config.gradient_clip},
          {"dropout", config.dropout},
          {"seed", config.seed},
          {"threads", config.threads},
          {"device", config.device},
          {"validate", {{"every", config.validate_every}, {"batches", config.validate_batches}}},
          {"checkpoint",
           {{"every", config.checkpoint_every},
            {"every_minutes", config.checkpoint_every_minutes},
            {"keep", config.checkpoint_keep}}},
          {"log_every", config.log_every},
          {"distributed", {{"timeout_s", config.timeout_s}}},
          {"shutdown_timeout_s", config.shutdown_timeout_s}};
}

Place place_of(const YamlNode& root, std::string_view key) {
  const YamlNode* node = &root;
  for (const std::string& part : split(key, '.')) {
    const YamlNode* next = node->find(part);
    if (next == nullptr) return node->place;
    node = next;
  }
  return node->place;
}

std::string_view name_of(Schedule schedule) {
  switch (schedule) {
    case Schedule::kCosine:
      return "cosine";
    case Schedule::kLinear:
      return "linear";
    case Schedule::kConstant:
      return "constant";
    case Schedule::kWsd:
      break;
  }
  return "wsd";
}

std::string_view name_of(Precision precision) {
  return precision == Precision::kBfloat16 ? "bfloat16" : "float32";
}

}  // namespace lts::train

#include "train/card/training_facts.h"

#include <functional>
#include <string>

#include "core/json_file.h"
#include "core/text.h"
#include "train/card/model_table.h"

namespace lts::train {

namespace {

using nlohmann::ordered_json;

// A value of the configuration as people read it; "" where absent.
std::string setting(const ordered_json& config, const char* key) {
  const auto found = config.find(key);
  if (found == config.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::string hardware_of(const TrainedModel& model) {
  const auto found = model.environment.find("hardware");
  const std::string processor =
      found == model.environment.end() ? "" : text_at(*found, "cpu_model");
  const std::string threads = setting(model.environment, "threads");
  return setting(model.config, "device") + (processor.empty() ? "" : ", " + processor) +
         (threads.empty() ? "" : ", " + threads + " threads");
}

std::string data_of(const TrainedModel& model, const std::optional<Manifest>& data) {
  std::string text = "`" + model.data_name() + "`";
  if (data)
    text += ": " + human_count(static_cast<double>(data->train.tokens)) + " training and " +
            human_count(static_cast<double>(data->validation.tokens)) + " validation tokens of " +
            std::to_string(data->documents) + " documents (" +
            human_bytes(static_cast<double>(data->bytes)) + " of text)";
  const std::string sha256 = model.data_sha256();
  return text + (sha256.empty() ? "" : "; sha256 of its manifest " + sha256);
}

std::string tokens_of(const TrainedModel& model, const std::optional<Manifest>& data) {
  const auto tokens = static_cast<double>(model.result.tokens);
  std::string text = std::to_string(model.result.tokens);
  if (data && data->train.tokens > 0)
    text += ", " + short_number(tokens / static_cast<double>(data->train.tokens), 3) +
            " times the training split";
  return text;
}

std::string batch_of(const TrainedModel& model) {
  return setting(model.config, "global_batch_size") + " sequences of " +
         setting(model.config, "sequence_length") + " tokens";
}

std::string schedule_of(const TrainedModel& model) {
  return setting(model.config, "schedule") + " to " + setting(model.config, "min_learning_rate") +
         " after " + setting(model.config, "warmup_steps") + " steps of warm-up";
}

std::string optimizer_of(const TrainedModel& model) {
  return "AdamW, betas " + setting(model.config, "betas") + ", weight decay " +
         setting(model.config, "weight_decay") + " of matrices, gradients clipped to norm " +
         setting(model.config, "gradient_clip");
}

std::string speed_of(const TrainedModel& model) {
  return human_duration(model.elapsed_s) + ", " + short_number(model.result.tokens_per_s, 3) +
         " tokens/s, " + human_bytes(static_cast<double>(model.result.peak_memory_bytes)) +
         " of memory at its peak";
}

std::string disturbances_of(const TrainedModel& model) {
  return std::to_string(model.restarts) + " restarts, " + std::to_string(model.skipped_steps) +
         " steps skipped" +
         (model.rollbacks > 0
              ? ", " + std::to_string(model.rollbacks) + " times back to a checkpoint"
              : "");
}

}  // namespace

Table training_facts(const TrainedModels& trained, const std::optional<Manifest>& data) {
  Table table{.columns = {"training", ""}, .rows = {}};
  const auto add = [&](const char* name,
                       const std::function<std::string(const TrainedModel&)>& fact) {
    const std::string first = fact(trained.models.front());
    bool same = true;
    for (const TrainedModel& model : trained.models) same = same && fact(model) == first;
    table.rows.push_back({name, same ? first : "differs by model"});
  };
  const auto of = [](const char* key) {
    return [key](const TrainedModel& model) { return setting(model.config, key); };
  };
  add("data", [&](const TrainedModel& model) { return data_of(model, data); });
  add("steps", [](const TrainedModel& model) { return std::to_string(model.result.steps); });
  add("batch", batch_of);
  add("tokens", [&](const TrainedModel& model) { return tokens_of(model, data); });
  add("learning rate", of("learning_rate"));
  add("schedule", schedule_of);
  add("optimizer", optimizer_of);
  add("dropout", of("dropout"));
  add("seed", of("seed"));
  add("precision", of("dtype"));
  add("hardware", hardware_of);
  add("LibTorch", [](const TrainedModel& model) { return text_at(model.environment, "libtorch"); });
  add("time", speed_of);
  add("disturbances", disturbances_of);
  return table;
}

}  // namespace lts::train

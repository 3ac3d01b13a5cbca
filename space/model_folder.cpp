#include "space/model_folder.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "core/json_file.h"
#include "core/text.h"
#include "space/family.h"
#include "space/model_weights.h"
#include "space/tensor_file.h"

namespace lts::space {

namespace {

using nlohmann::json;

constexpr const char* kConfigFile = "config.json";
constexpr const char* kGenerationFile = "generation_config.json";
constexpr const char* kWeightsFile = "model.safetensors";
constexpr const char* kEosKey = "eos_token_id";
constexpr std::array<const char*, 3> kSpecialTokenKeys = {"bos_token_id", kEosKey, "pad_token_id"};

json read_json_object(const fs::path& path) {
  json value = parse_json(read_file(path), path.string());
  if (!value.is_object()) throw user_error(Place{.file = path.string()}, "no JSON object");
  return value;
}

void check_is_model_folder(const fs::path& folder) {
  if (!fs::exists(folder)) throw user_error(Place{.file = folder.string()}, "no such folder");
  if (!fs::is_directory(folder))
    throw user_error(Place{.file = folder.string()}, "a file; a model folder is accepted");
  if (!fs::exists(folder / kConfigFile))
    throw user_error(Place{.file = folder.string()},
                     "no model folder: it has no config.json (a Hugging Face folder holds "
                     "config.json and model.safetensors)");
}

const Family& family_of(const json& config, const std::string& file) {
  std::vector<std::string> names;
  for (const Family* family : families()) {
    if (family->reads_hugging_face(config)) return *family;
    names.emplace_back(family->name());
  }
  const auto type = config.find("model_type");
  throw user_error(Place{.file = file}, "model_type " +
                                            (type == config.end() ? "is missing" : type->dump()) +
                                            "; accepted: " + join(names, ", "));
}

// What to say of a folder without model.safetensors depends on what it has instead.
void check_has_weights(const fs::path& folder) {
  if (fs::exists(folder / kWeightsFile)) return;
  std::string message = "no model.safetensors";
  if (fs::exists(folder / "model.safetensors.index.json"))
    message += "; its weights are sharded: save it again with max_shard_size above their size";
  else if (fs::exists(folder / "pytorch_model.bin"))
    message += "; pytorch_model.bin is a pickle, which is not read: save it again as safetensors";
  throw user_error(Place{.file = folder.string()}, message);
}

// A config.json may ask for any number of layers: checked before they are made.
void check_layers_fit(const Architecture& architecture, const NamedTensors& weights,
                      const fs::path& file) {
  if (static_cast<std::size_t>(architecture.n_layer()) <= weights.size()) return;
  throw user_error(Place{.file = file.string()},
                   "has " + std::to_string(weights.size()) + " tensors; config.json asks for " +
                       std::to_string(architecture.n_layer()) + " layers");
}

// A config.json may ask for any width; only LibTorch knows what can be allocated.
ModelPtr make_model_of_file(const Architecture& architecture, const ModelOptions& options,
                            const fs::path& config_file) {
  try {
    return make_model(architecture, options);
  } catch (const c10::Error& error) {
    throw user_error(Place{.file = config_file.string()},
                     "a model of these sizes cannot be allocated (" +
                         std::string(error.what_without_backtrace()) + ")");
  }
}

std::vector<std::int32_t> token_ids(const json& value, const std::string& file) {
  if (value.is_null()) return {};
  std::vector<std::int32_t> ids;
  for (const json& item : value.is_array() ? value : json::array({value})) {
    if (!item.is_number_integer() || item < 0 || item > INT32_MAX)
      throw user_error(Place{.file = file}, "eos_token_id is " + value.dump() +
                                                "; a token id, a list of them or null is accepted");
    ids.push_back(item.get<std::int32_t>());
  }
  return ids;
}

// What `key` says in the folder's generation_config.json where it is there, else in config.json.
struct Found {
  json value;
  std::string file;
};
std::optional<Found> generation_value(const fs::path& folder, const char* key) {
  for (const char* name : {kGenerationFile, kConfigFile}) {
    const fs::path file = folder / name;
    if (!fs::exists(file)) continue;
    const json config = read_json_object(file);
    if (const auto found = config.find(key); found != config.end())
      return Found{.value = *found, .file = file.string()};
  }
  return std::nullopt;
}

json config_of(const Architecture& architecture, const fs::path& special_tokens_of) {
  json config = architecture.family().hugging_face_config(architecture);
  if (special_tokens_of.empty()) return config;
  for (const char* key : kSpecialTokenKeys)
    if (auto found = generation_value(special_tokens_of, key))
      config[key] = std::move(found->value);
  return config;
}

json generation_config(const json& config) {
  json generation = {{"_from_model_config", true}};
  for (const char* key : kSpecialTokenKeys)
    if (config.contains(key)) generation[key] = config[key];
  return generation;
}

std::string file_text(const json& value) { return value.dump(2) + "\n"; }

}  // namespace

Architecture read_config(const fs::path& folder) {
  check_is_model_folder(folder);
  const fs::path file = folder / kConfigFile;
  const json config = read_json_object(file);
  return family_of(config, file.string()).from_hugging_face(config, file.string());
}

std::vector<std::int32_t> read_eos_token_ids(const fs::path& folder) {
  const auto found = generation_value(folder, kEosKey);
  return found ? token_ids(found->value, found->file) : std::vector<std::int32_t>{};
}

void load_weights(LanguageModel& model, const fs::path& safetensors_file) {
  copy_hugging_face_weights(model, read_tensor_file(safetensors_file), safetensors_file.string());
}

ModelPtr load_model(const fs::path& folder, const ModelOptions& options) {
  const Architecture architecture = read_config(folder);
  check_has_weights(folder);
  const fs::path file = folder / kWeightsFile;
  auto weights = read_tensor_file(file);
  check_layers_fit(architecture, weights, file);
  auto model = make_model_of_file(architecture, options, folder / kConfigFile);
  copy_hugging_face_weights(*model, std::move(weights), file.string());
  model->eval();
  return model;
}

std::string config_file(const Architecture& architecture, const fs::path& special_tokens_of) {
  return file_text(config_of(architecture, special_tokens_of));
}

std::vector<ModelFile> model_files(const LanguageModel& model, const fs::path& special_tokens_of) {
  const json config = config_of(model.architecture(), special_tokens_of);
  std::vector<ModelFile> files = model.architecture().family().hugging_face_code();
  files.push_back({kConfigFile, file_text(config)});
  files.push_back({kGenerationFile, file_text(generation_config(config))});
  files.push_back(
      {kWeightsFile, tensor_file_bytes(hugging_face_weights(model), {{"format", "pt"}})});
  return files;
}

}  // namespace lts::space

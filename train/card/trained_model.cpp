#include "train/card/trained_model.h"

#include <algorithm>

#include "core/digest.h"
#include "core/error.h"
#include "core/file.h"
#include "core/json_file.h"
#include "core/text.h"
#include "core/yaml.h"
#include "space/arch_argument.h"
#include "train/run_folder.h"
#include "train/training_log.h"
#include "train/training_status.h"

namespace lts::train {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// "runs/a" of "./runs/a/".
fs::path plain(const fs::path& folder) {
  const fs::path path = folder.lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

void add_log(TrainedModel& model) {
  const fs::path file = model.folder / kLogFile;
  const LogEnd end = read_log_end(file);
  model.restarts = last_restart(file).value_or(0);
  if (!end.step) return;
  model.elapsed_s = end.step->elapsed_s;
  model.skipped_steps = end.step->skipped_steps;
  model.rollbacks = end.step->rollbacks;
  // A run that was resumed after its last step measured nothing.
  if (model.result.tokens_per_s == 0) model.result.tokens_per_s = end.step->tokens_per_s;
}

ordered_json environment_of(const fs::path& folder) {
  const fs::path file = folder / kEnvironmentFile;
  if (!fs::exists(file)) return ordered_json::object();
  const json environment = parse_json(read_file(file), file.string());
  return environment.is_object() ? ordered_json(environment) : ordered_json::object();
}

TrainedModel read_model(const fs::path& folder, bool in_collection) {
  const YamlNode root = load_yaml(folder / kConfigFile);
  const YamlNode* genes = root.find("model");
  if (genes == nullptr) throw user_error(root.place, "has no 'model': no run wrote it");
  const auto architecture = space::read_architecture(*genes);
  TrainedModel model{
      .folder = folder,
      .name = in_collection ? folder.filename().string() : space::archid(architecture),
      .architecture = architecture,
      .config = to_json(root),
      .environment = environment_of(folder),
      .result = read_train_result(folder / kResultFile)};
  add_log(model);
  return model;
}

std::string unfinished_text(const fs::path& folder) {
  const RunStatus status = training_status(folder, fs::file_time_type::clock::now());
  return "is not finished: after step " + std::to_string(status.step.value_or(0)) +
         (status.steps ? " of " + std::to_string(*status.steps) : "") +
         "; a card is written of finished runs";
}

TrainedModels read_collection(const fs::path& folder) {
  TrainedModels out{.folder = folder, .is_collection = true};
  std::vector<fs::path> finished;
  for (const auto& path : subfolders(folder))
    if (holds_training_run(path))
      (fs::exists(path / kResultFile) ? finished : out.unfinished).push_back(path);
  if (finished.empty() && !out.unfinished.empty())
    throw user_error(Place{out.unfinished.front().string()},
                     unfinished_text(out.unfinished.front()));
  if (finished.empty())
    throw user_error(Place{folder.string()},
                     "holds no run of lts train, nor does a folder directly in it");
  for (const fs::path& path : finished) out.models.push_back(read_model(path, true));
  return out;
}

}  // namespace

std::string TrainedModel::data_name() const {
  const std::string name = plain(text_at(config, "data")).filename().string();
  return name.empty() ? "data" : name;
}

std::string TrainedModel::data_sha256() const { return text_at(environment, "data_sha256"); }

std::string TrainedModels::name() const { return fs::weakly_canonical(folder).filename().string(); }

TrainedModels read_trained_models(const fs::path& named) {
  const fs::path folder = plain(named);
  if (!fs::is_directory(folder))
    throw user_error(Place{named.string()}, "is no folder; the folder of a training is accepted");
  if (!holds_training_run(folder)) return read_collection(folder);
  if (!fs::exists(folder / kResultFile))
    throw user_error(Place{folder.string()}, unfinished_text(folder));
  TrainedModels out{.folder = folder};
  out.models.push_back(read_model(folder, false));
  return out;
}

std::optional<Manifest> read_data_of(const TrainedModels& trained, const fs::path& folder) {
  const TrainedModel& first = trained.models.front();
  const std::string sha256 = first.data_sha256();
  const bool same = std::ranges::all_of(
      trained.models, [&](const TrainedModel& model) { return model.data_sha256() == sha256; });
  const fs::path data = folder.empty() ? fs::path(text_at(first.config, "data")) : folder;
  const fs::path manifest = data / kManifestName;
  const bool is_theirs = same && fs::exists(manifest) && sha256_hex_of_file(manifest) == sha256;
  if (is_theirs) return read_manifest(data);
  if (folder.empty()) return std::nullopt;
  if (!fs::exists(manifest)) return read_manifest(data);  // says what is missing
  throw user_error(
      Place{folder.string()},
      same ? "holds other data than the run in " + first.folder.string() + " was trained on"
           : "cannot be the data of all: the runs in " + trained.folder.string() +
                 " were trained on different data");
}

}  // namespace lts::train

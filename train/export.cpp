#include "train/export.h"

#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/file.h"
#include "space/family.h"
#include "space/model_folder.h"
#include "space/model_weights.h"

namespace lts::train {

namespace {

space::Architecture architecture_of(const ExportSource& source) {
  if (const auto* architecture = std::get_if<space::Architecture>(&source)) return *architecture;
  return space::read_config(std::get<fs::path>(source));
}

space::ModelPtr model_of(const ExportSource& source, std::uint64_t seed) {
  if (const auto* folder = std::get_if<fs::path>(&source)) return space::load_model(*folder);
  auto model = space::make_model(std::get<space::Architecture>(source));
  torch::manual_seed(seed);
  model->init_weights();
  return model;
}

fs::path folder_of(const ExportSource& source) {
  const auto* folder = std::get_if<fs::path>(&source);
  return folder == nullptr ? fs::path() : *folder;
}

void check_vocabulary(const space::Architecture& architecture, const Tokenizer& tokenizer) {
  if (tokenizer.vocab_size() > architecture.scalar("vocab_size"))
    throw user_error("the tokenizer has " + std::to_string(tokenizer.vocab_size()) +
                     " tokens, more than the model's vocab_size of " +
                     std::to_string(architecture.scalar("vocab_size")));
}

void check_free_for_folder(const fs::path& output) {
  if (!fs::exists(output)) return;
  if (!fs::is_directory(output))
    throw user_error(Place{.file = output.string()}, "a file is in the way of the output folder");
  if (!fs::is_empty(output))
    throw user_error(Place{.file = output.string()},
                     "the output folder is not empty; name a new one");
}

// A folder beside `output` that becomes it when finished, or goes.
class PendingFolder {
 public:
  explicit PendingFolder(const fs::path& output)
      : output_(fs::absolute(output / "").lexically_normal().parent_path()) {
    std::string name = output_.filename().string();
    name.insert(0, 1, '.').append(".partial-").append(std::to_string(getpid()));
    path_ = output_.parent_path() / name;
    make_folder(path_);
  }
  PendingFolder(const PendingFolder&) = delete;
  PendingFolder& operator=(const PendingFolder&) = delete;
  ~PendingFolder() {
    std::error_code ignored;
    if (!finished_) fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }

  void finish() {
    sync_path(path_);
    std::error_code error;
    fs::rename(path_, output_, error);
    if (error) throw runtime_error(output_.string(), error.message());
    finished_ = true;
    sync_path(output_.parent_path());
  }

 private:
  fs::path output_, path_;
  bool finished_ = false;
};

void check_names_a_file(const fs::path& output, const char* format, const char* example) {
  if (fs::is_directory(output))
    throw user_error(
        Place{.file = output.string()},
        std::string("a folder; format '") + format + "' writes one file: name it, e.g. " + example);
}

void make_folder_of(const fs::path& file) {
  if (file.has_parent_path()) make_folder(file.parent_path());
}

ExportResult export_config(const ExportSource& source, const fs::path& output) {
  check_names_a_file(output, "config", "config.json");
  const auto architecture = architecture_of(source);
  const std::string text = space::config_file(architecture, folder_of(source));
  make_folder_of(output);
  write_file_atomic(output, text);
  ExportResult result{.path = output, .bytes = std::ssize(text)};
  for (const auto& [name, content] : architecture.family().hugging_face_code()) {
    result.beside.push_back(output.parent_path() / name);
    write_file_atomic(result.beside.back(), content);
    result.bytes += std::ssize(content);
  }
  return result;
}

ExportResult export_hugging_face(const ExportSource& source, const Tokenizer* tokenizer,
                                 const ExportOptions& options) {
  check_free_for_folder(options.output);
  const auto architecture = architecture_of(source);
  if (tokenizer != nullptr) check_vocabulary(architecture, *tokenizer);
  std::vector<std::pair<std::string, std::string>> files;
  for (auto& [name, content] :
       space::model_files(*model_of(source, options.seed), folder_of(source)))
    files.emplace_back(name, std::move(content));
  if (tokenizer != nullptr)
    for (auto& file : tokenizer->hugging_face_files(architecture.scalar("max_sequence_length")))
      files.push_back(std::move(file));
  PendingFolder pending(options.output);
  ExportResult result{.path = options.output};
  for (const auto& [name, content] : files) {
    write_file_atomic(pending.path() / name, content);
    result.bytes += std::ssize(content);
  }
  pending.finish();
  return result;
}

ExportResult export_onnx(const ExportSource& source, const ExportOptions& options) {
  check_names_a_file(options.output, "onnx", "model.onnx");
  const auto architecture = architecture_of(source);
  deploy::check_onnx_options(architecture, options.onnx);
  const auto model = model_of(source, options.seed);
  const auto weights = space::weight_source(*model);
  make_folder_of(options.output);
  const auto result = deploy::write_onnx(architecture, *weights, options.onnx, options.output);
  return {.path = options.output,
          .bytes = result.bytes,
          .beside = {result.files.begin() + 1, result.files.end()}};
}

}  // namespace

ExportResult export_model(const ExportSource& source, const Tokenizer* tokenizer,
                          const ExportOptions& options) {
  if (options.format == ExportFormat::kConfig) return export_config(source, options.output);
  if (options.format == ExportFormat::kOnnx) return export_onnx(source, options);
  return export_hugging_face(source, tokenizer, options);
}

}  // namespace lts::train

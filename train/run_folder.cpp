#include "train/run_folder.h"

#include <algorithm>
#include <string_view>

#include "core/text.h"
#include "core/yaml.h"
#include "train/train_config.h"

namespace lts::train {

namespace fs = std::filesystem;

namespace {

constexpr const char* kStepPrefix = "step-";

}  // namespace

std::string checkpoint_name(std::int64_t step) { return kStepPrefix + std::to_string(step); }

std::vector<std::int64_t> checkpoint_steps(const fs::path& checkpoints) {
  std::vector<std::int64_t> steps;
  if (!fs::is_directory(checkpoints)) return steps;
  for (const auto& entry : fs::directory_iterator(checkpoints)) {
    const std::string name = entry.path().filename().string();
    std::int64_t step = 0;
    if (name.starts_with(kStepPrefix) &&
        parse_int(std::string_view(name).substr(std::string_view(kStepPrefix).size()), step))
      steps.push_back(step);
  }
  std::ranges::sort(steps);
  return steps;
}

std::optional<std::int64_t> trained_sequence_length(const fs::path& model_dir) {
  const fs::path folder = fs::absolute(model_dir / "").parent_path();
  const bool is_checkpoint = folder.parent_path().filename() == kCheckpoints;
  const fs::path run = is_checkpoint ? folder.parent_path().parent_path() : folder;
  if (!fs::exists(run / kConfigFile) || !fs::exists(run / kLogFile)) return std::nullopt;
  return read_train_config(load_yaml(run / kConfigFile)).sequence_length;
}

}  // namespace lts::train

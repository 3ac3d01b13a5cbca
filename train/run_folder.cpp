#include "train/run_folder.h"

#include "core/yaml.h"
#include "train/train_config.h"

namespace lts::train {

namespace fs = std::filesystem;

std::optional<std::int64_t> trained_sequence_length(const fs::path& model_dir) {
  const fs::path folder = fs::absolute(model_dir / "").parent_path();
  const bool is_checkpoint = folder.parent_path().filename() == kCheckpoints;
  const fs::path run = is_checkpoint ? folder.parent_path().parent_path() : folder;
  if (!fs::exists(run / kConfigFile) || !fs::exists(run / kLogFile)) return std::nullopt;
  return read_train_config(load_yaml(run / kConfigFile)).sequence_length;
}

}  // namespace lts::train

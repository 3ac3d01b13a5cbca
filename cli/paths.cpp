#include "cli/paths.h"

#include <cstdlib>

namespace lts::cli {

namespace fs = std::filesystem;

fs::path configs_folder() {
  if (const char* named = std::getenv("LTS_CONFIG_DIR")) return named;
  std::error_code code;
  const fs::path program = fs::read_symlink("/proc/self/exe", code);
  const fs::path installed = program.parent_path().parent_path() / "share" / "lts" / "configs";
  if (!code && fs::is_directory(installed)) return installed;
  return fs::path(LTS_SOURCE_DIR) / "configs";
}

fs::path models_folder() { return configs_folder() / "models"; }

}  // namespace lts::cli

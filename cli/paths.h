#pragma once

#include <filesystem>

namespace lts::cli {

/// The folder of shipped configurations: $LTS_CONFIG_DIR, else the one installed beside the program
/// (<program>/../share/lts/configs), else the source tree's.
std::filesystem::path configs_folder();

/// configs/models: the 20 published architectures, by archid.
std::filesystem::path models_folder();

}  // namespace lts::cli

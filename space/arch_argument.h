#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/yaml.h"
#include "space/architecture.h"

namespace lts::space {

/// Reads an architecture from a map of `family` (or the reference's `arch_type`) and genes; unset
/// constants have the family's defaults, dropatt 0. A per-layer gene is a list or one value for all
/// layers. \throws Error kUser with place for unknown or missing genes, wrong types, flaws.
Architecture read_architecture(const YamlNode& node);

/// The map that read_architecture reads: family, then the genes, then dropatt.
nlohmann::ordered_json architecture_json(const Architecture& architecture);

/// The ARCH of the command line: a YAML or JSON file (ours, the reference's, or a Hugging Face
/// config.json), a folder with a config.json, an archid of `models_folder` (whole or a unique
/// prefix, with or without the family), `RUN_DIR:INDEX`, or inline
/// "gpt2:n_layer=7,d_model=576,...". \throws Error kUser saying what the text was taken for and
/// what is accepted.
Architecture parse_arch_argument(const std::string& text,
                                 const std::filesystem::path& models_folder);

/// The published architectures: every YAML file of `models_folder`, by file name.
std::vector<Architecture> published_models(const std::filesystem::path& models_folder);

}  // namespace lts::space

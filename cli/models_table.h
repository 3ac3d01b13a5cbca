#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.h"
#include "core/table.h"
#include "space/architecture.h"

namespace lts::cli {

/// The ARCH arguments of a command as architectures. \throws Error kUser as parse_arch_argument.
std::vector<space::Architecture> architectures_of(const Arguments& args, const std::string& name);

/// "gpt2_0e1b5a3c": an archid for people, and the beginning by which ARCH names a published model.
std::string short_archid(const std::string& archid);

/// A table with rows as columns: the first column holds the names of the columns of `table`, the
/// others are headed by its first column.
Table transposed(const Table& table);

/// One of the 20 published models: what its authors say of it (reference: the model card's table).
struct PublishedModel {
  std::string archid;
  space::Architecture architecture;
  std::string non_embedding_params_m;  ///< millions, to the two decimals published
  double latency_s = 0;                ///< one thread, batch 1, sequence 192, past
  double memory_mib = 0;               ///< of the optimised ONNX file, to two decimals
};

/// `published.csv` of the folder, each row with the architecture of `<archid>.yaml`.
/// \throws Error kUser beginning with the file's name.
std::vector<PublishedModel> load_published(const std::filesystem::path& models_folder);

}  // namespace lts::cli

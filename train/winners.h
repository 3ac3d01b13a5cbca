#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "space/architecture.h"

namespace lts::train {

/// One winner of a search.
struct Winner {
  std::int64_t index;  ///< as in winners.csv
  std::string archid;
  space::Architecture architecture;
};

/// The winners of a search run: RUN_DIR/winners/winners.csv and the YAML files beside it, in the
/// order of the table. `only` picks some by index, "0,3-5"; empty: all. \throws Error kUser,
/// beginning with the file's name, for missing or foreign files; for an `only` that is no such list
/// or names an index that is not there.
std::vector<Winner> read_winners(const std::filesystem::path& run_dir, const std::string& only);

/// "0,3-5" as numbers, ascending, each once. \throws Error kUser.
std::vector<std::int64_t> parse_indices(const std::string& text);

}  // namespace lts::train

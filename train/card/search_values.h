#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "space/architecture.h"

namespace lts::train {

/// What a search found out about architectures: a column for each of its objectives.
struct SearchValues {
  struct Column {
    std::string name;     ///< the objective's
    std::string meaning;  ///< "latency.median_s, measured: device cpu, threads 1, ..."
    /// One per architecture that was asked for; nothing where the search did not evaluate it.
    std::vector<std::optional<double>> values{};
  };
  std::vector<Column> columns;
  std::string processor;  ///< that the search ran on; "" where it does not tell
};

/// Reads config.yaml, evaluations.csv and environment.json of a search's folder. The objectives
/// that are parameter counts, which a card has anyway, are left out. \throws Error kUser, beginning
/// with a file's name, where the folder is none of a search or a file is damaged.
SearchValues read_search_values(const std::filesystem::path& run_dir,
                                std::span<const space::Architecture> architectures);

}  // namespace lts::train

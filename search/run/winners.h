#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "search/archive.h"
#include "search/search_config.h"

namespace lts::search {

/// A member of the front chosen for training.
struct Winner {
  std::size_t evaluation = 0;  ///< index into the archive
  std::string why;             ///< "smallest latency", "nearest to 12.3 of latency"
};

/// `count` members of the front, spread evenly over the range of the objective `spread`: both ends,
/// and between them the member nearest to each of count - 2 equally spaced values. Ascending in
/// that objective; all members where the front has no more than `count`.
std::vector<Winner> choose_winners(const Archive& archive, const WinnersOptions& options);

/// Writes winners.csv (index, archid, objectives, why), <archid>.yaml and <archid>/config.json
/// (with the family's modelling code, where it has some, there and in `folder`), and removes the
/// files of earlier winners.
void write_winners(const std::filesystem::path& folder, const std::vector<Winner>& winners,
                   const Archive& archive);

}  // namespace lts::search

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "space/search_space.h"

namespace lts::search {

/// An architecture that a file of an earlier run names.
struct EarlierMember {
  /// Nothing where the file has an archid only, and no member of the space nor a file beside has
  /// it.
  std::optional<space::Architecture> architecture{};
  std::string name{};  ///< for messages: the architecture, or the archid
};

/// What of an earlier search may be named: a run folder or its journal, a table with columns of
/// genes or of archids (ours, the reference's search_state_*.csv), a folder of the reference's
/// results (its last search_state_*.csv), architecture files (ours, the reference's JSON) and
/// folders of them, a YAML list of ARCH; else `text` is an ARCH itself. Paths are relative to
/// `folder`. In the file's order. \throws Error kUser naming the file.
std::vector<EarlierMember> earlier_members(const std::string& text,
                                           const std::filesystem::path& folder,
                                           const space::SearchSpace& space,
                                           const std::filesystem::path& models_folder);

}  // namespace lts::search

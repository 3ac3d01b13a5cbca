#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/yaml.h"
#include "predictor/objective.h"
#include "search/algorithms.h"
#include "space/search_space.h"

namespace lts::search {

/// Members of the space that are evaluated before any other, each once.
struct WarmStart {
  std::vector<space::Architecture> members{};
  std::vector<std::string> warnings{};  ///< what was skipped, with a count and an example
};

/// Reads `search.warm_start`, a list of what earlier_members accepts. Architectures outside the
/// space and those that miss a constraint on a free objective are skipped. \throws Error kUser with
/// place for what names nothing.
WarmStart read_warm_start(const YamlNode& node, const std::filesystem::path& folder,
                          const space::SearchSpace& space,
                          std::span<const predictor::Objective> objectives,
                          const std::filesystem::path& models_folder);

/// The list that read_warm_start reads: the members, inline.
nlohmann::ordered_json warm_start_json(const WarmStart& warm_start);

/// The searcher with these members before its own first population (ids: reference: instead of it,
/// and named as fresh samples are, as the reference loads initial_population_paths).
MakeSearcher warm_started(MakeSearcher make_searcher, std::vector<space::Architecture> members);

}  // namespace lts::search

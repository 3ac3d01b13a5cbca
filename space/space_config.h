#pragma once

#include <nlohmann/json.hpp>

#include "core/yaml.h"
#include "space/search_space.h"

namespace lts::space {

/// Reads the `space:` map of a search configuration; every key has the published value as its
/// default. A range is one integer, a list, {min, max, step} or {choices}; a map may say whether
/// each layer draws the gene, `per_layer: true` where the family's gene is per layer. No rule where
/// `inner_ratio_above` is absent. \throws Error kUser with line and column for unknown keys, ranges
/// that contradict (min > max, step 0) and spaces without a buildable member.
SearchSpace read_space(const YamlNode& node);

/// The resolved `space:` map, complete, so that read_space gives the same space.
nlohmann::ordered_json space_json(const SearchSpace& space);

}  // namespace lts::space

#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "search/report/markup.h"

namespace lts::search {

/// JSON objects side by side: a row per key ("caches.l2"), a column per object. Keys that are null
/// or absent everywhere are left out; with several objects a row in which they differ is marked.
std::string json_table(MarkupTable table,
                       const std::vector<std::pair<std::string, nlohmann::ordered_json>>& objects);

}  // namespace lts::search

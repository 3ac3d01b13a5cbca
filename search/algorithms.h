#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/config_reader.h"
#include "search/searcher.h"

namespace lts::search {

using MakeSearcher = std::function<std::unique_ptr<Searcher>(const Problem&)>;

/// A search algorithm by name. `read` takes the algorithm's own keys from the `search:` map, writes
/// them resolved, and returns how to make the searcher.
struct Algorithm {
  std::string_view name;
  MakeSearcher (*read)(MapReader& reader, nlohmann::ordered_json& resolved);
  /// Why it cannot search this problem, if it cannot.
  std::optional<std::string> (*refuses)(const space::SearchSpace& space,
                                        std::span<const predictor::Objective> objectives) = nullptr;
  /// Whether it can name and repeat architectures as the reference does (Ids::kReference).
  bool has_reference_ids = false;
};

/// Every algorithm; the table stands in algorithms.cpp.
std::span<const Algorithm> algorithms();

}  // namespace lts::search

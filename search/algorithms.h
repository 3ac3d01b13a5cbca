#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/config_reader.h"
#include "search/exact/certificate.h"
#include "search/searcher.h"

namespace lts::search {

using MakeSearcher = std::function<std::unique_ptr<Searcher>(const Problem&)>;

/// What an archive says about the front of the whole space, where it says anything. `bounds`: of
/// the run, by objective.
using Certify = std::optional<CertifiedFront> (*)(const space::SearchSpace& space,
                                                  const Archive& archive,
                                                  const std::map<std::string, Bounds>& bounds);

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
  Certify certify = nullptr;  ///< what a run is certified by at its end, if it is
};

/// Every algorithm; the table stands in algorithms.cpp.
std::span<const Algorithm> algorithms();

/// The algorithm of this name, or null.
const Algorithm* find_algorithm(std::string_view name);

}  // namespace lts::search

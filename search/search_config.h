#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/yaml.h"
#include "predictor/objective.h"
#include "predictor/profiler.h"
#include "predictor/proxies/proxy_source.h"
#include "search/algorithms.h"
#include "search/front/hypervolume.h"
#include "space/search_space.h"

namespace lts::search {

/// When a run ends before its iterations are done; absent means no bound.
struct Budget {
  int iterations = 10;
  std::optional<std::int64_t> max_evaluations{};
  std::optional<double> max_seconds{};
  /// Ends when the hypervolume grew by no more than `relative` over the last `window` iterations.
  struct Plateau {
    int window = 3;
    double relative = 0.001;
  };
  std::optional<Plateau> plateau{};
};

/// Which members of the front are winners.
struct WinnersOptions {
  int count = 20;
  std::string spread{};  ///< the objective along which they are spread
};

/// A search, wholly checked.
struct SearchConfig {
  Place place;  ///< the file
  space::SearchSpace space;
  std::vector<predictor::Objective> objectives;
  MakeSearcher make_searcher;
  Certify certify = nullptr;  ///< Algorithm::certify
  Ids ids = Ids::kCanonical;
  std::uint64_t seed = 1, space_seed = 1;
  Budget budget{};
  WinnersOptions winners{};
  std::map<std::string, Bounds> hypervolume_bounds{};  ///< the user's, by objective
  nlohmann::ordered_json resolved{};  ///< complete, every file it names written into it

  Problem problem() const;
  /// What the run states about the front of its whole space, where its algorithm states anything.
  std::optional<CertifiedFront> certified(const Archive& archive,
                                          const std::map<std::string, Bounds>& run_bounds) const {
    return certify ? certify(space, archive, run_bounds) : std::nullopt;
  }
  /// What becomes of equal members of the front.
  Ties ties() const { return ids == Ids::kReference ? Ties::kKeepFirst : Ties::kKeepAll; }
};

/// Makes the profiler of a hardware file. \throws Error kUser when the device is not there.
using MakeProfiler =
    std::function<std::shared_ptr<predictor::Profiler>(const predictor::HardwareConfig&)>;

/// Reads a search configuration; relative paths in it are relative to `folder`, and archids in
/// `search.warm_start` are those of `models_folder` (configs/models). Checks everything that can be
/// checked without measuring, whether any member meets the free constraints too. `proxies` are
/// those beyond the closed forms. \throws Error kUser with line and column.
SearchConfig read_search_config(const YamlNode& root, const std::filesystem::path& folder,
                                const MakeProfiler& make_profiler,
                                const predictor::ProxySource& proxies = {},
                                const std::filesystem::path& models_folder = {});

}  // namespace lts::search

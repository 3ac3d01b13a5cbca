#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "search/archive.h"
#include "search/exact/certificate.h"
#include "search/search_config.h"

namespace lts::search {

/// What a live display shows.
struct Progress {
  int iteration = 0, iterations = 0;     ///< from 1
  std::size_t done = 0, population = 0;  ///< of this iteration
  std::size_t evaluated = 0;             ///< of the whole run
  std::size_t front_size = 0;
  double hypervolume = 0;                 ///< after the last whole iteration
  double elapsed_s = 0, time_left_s = 0;  ///< time_left_s is an estimate
};

struct RunOptions {
  std::filesystem::path folder;
  bool resume = false;
  nlohmann::ordered_json environment{};  ///< written to environment.json of a new run
  std::function<void(const Progress&)> progress{};
};

struct RunResult {
  Archive archive;
  std::map<std::string, Bounds> bounds{};
  double hypervolume = 0;
  double wall_s = 0;
  std::optional<Certificate> certificate{};  ///< of `algorithm: exact` with a measured objective
  std::string
      end_reason{};  ///< "iterations", "max_evaluations", "max_seconds", "plateau", "exhausted"
};

/// Runs a search into its folder (interface: "What a run leaves"), or goes on with one. Every
/// evaluation is on disk before the next begins; a run is repeated from its journal by asking the
/// searcher again and taking values from the records, so no other state is needed.
/// \throws Error kUser when the folder holds another run, kRuntime for the disk or a damaged
/// journal, kStopped on a signal, everything saved.
RunResult run_search(const SearchConfig& config, const RunOptions& options);

}  // namespace lts::search

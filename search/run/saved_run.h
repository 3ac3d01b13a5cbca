#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "search/archive.h"
#include "search/search_config.h"

namespace lts::search {

/// A run as its journal tells it, finished or not. Nothing of it can measure.
struct SavedRun {
  std::filesystem::path folder;  ///< as it was named, without a slash at its end
  SearchConfig config;
  nlohmann::ordered_json environment{};
  Archive archive;  ///< the candidates' genomes are empty
  std::map<std::string, Bounds> bounds{};
  std::vector<double> iteration_elapsed_s{};  ///< at each iteration's end
  double elapsed_s = 0;                       ///< when the last record was written
  std::string end_reason{};                   ///< empty where the run has not ended

  /// What `environment` has under `key`, else null.
  nlohmann::ordered_json told(const char* key) const;
};

/// Reads RUN_DIR/journal.jsonl and nothing else of the folder; the devices of the run need not be
/// there, and its searcher is not asked. A torn last record is left out. \throws Error kUser for a
/// folder without a journal that begins a run, kRuntime for a damaged one.
SavedRun load_run(const std::filesystem::path& folder);

/// Writes config.yaml, environment.json, the tables, winners/ and the certificate anew, as the run
/// does; leaves the certificate as it is where a free objective's program or library would have to
/// be asked for every member. Does nothing and returns false while another process holds the
/// folder. \throws Error kRuntime for the disk.
bool rebuild_run_files(const SavedRun& run);

}  // namespace lts::search

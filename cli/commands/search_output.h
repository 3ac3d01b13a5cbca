#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/table.h"
#include "search/run/run.h"
#include "search/run/run_regret.h"
#include "search/search_config.h"

namespace lts::cli {

/// How the answer of a search is printed.
struct SearchPrinting {
  bool json = false;
  TableFormat format = TableFormat::kText;
  std::int64_t top = 20;  ///< rows of the front
};

/// A front's members, sorted by the first objective: `[{archid, config, objectives}]`.
nlohmann::ordered_json front_json(const search::Archive& archive);

/// `{evaluated, front, hypervolume, wall_s, run_dir, end_reason, regret, certificate}`.
nlohmann::ordered_json result_json(const search::RunResult& result,
                                   const std::filesystem::path& folder,
                                   const search::ExactYardstick& exact);

/// Prints one run's answer.
void print_search(const search::SearchConfig& config, const search::RunResult& result,
                  const std::filesystem::path& folder, const SearchPrinting& printing);

}  // namespace lts::cli

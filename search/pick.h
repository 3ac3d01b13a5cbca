#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "space/architecture.h"

namespace lts::search {

/// "latency=0.05": a bound on an objective or any numeric column of front.csv.
struct PickBound {
  std::string column;
  double value = 0;
};

struct PickOptions {
  std::vector<PickBound> max{}, min{};
  std::string best{};    ///< the column to rank by; empty: the run's first objective
  std::size_t top = 10;  ///< rows returned at most
};

/// A member of a run's front.
struct PickedMember {
  std::string archid;
  space::Architecture architecture;
  nlohmann::ordered_json objectives;  ///< value by objective's name
  std::string misses{};               ///< "latency is 0.06, 0.01 above 0.05", or empty
};

struct PickResult {
  std::vector<PickedMember> front;  ///< meet every bound, best first
  /// The next better one than front[0] that misses a bound; the best of all where none meets them.
  std::optional<PickedMember> next_better{};
};

/// Picks from RUN_DIR/front.csv. \throws Error kUser for a folder without a front, unknown columns.
PickResult pick(const std::filesystem::path& run, const PickOptions& options);

}  // namespace lts::search

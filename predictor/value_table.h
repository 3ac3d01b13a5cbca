#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/config_reader.h"
#include "predictor/objective.h"
#include "space/family.h"

namespace lts::predictor {

/// Values measured earlier, one a row: `predictor: table`.
struct ValueTable {
  struct Row {
    std::vector<std::string> cells;  ///< of `key`, as written
    std::optional<double> value{};   ///< nothing: `reason` says why
    std::string reason{};
    Place place{};
  };

  std::string column{}, unit{};
  /// What a row is found by: "archid", or genes (all that have no fallback, n_layer first).
  std::vector<std::string> key{};
  std::map<std::string, Row> rows{};  ///< by the cells of the key in one spelling
};

/// Reads `file` (relative to `folder`) and `column`, or, as value_table_json writes them, `key` and
/// `rows`; and `unit`. The caller finishes the reader. A file is found by its column `archid` if it
/// has one, else by its columns of genes. \throws Error kUser with place: of the file and line for
/// a missing column, a cell that is no such value, and a second row of the same.
ValueTable read_value_table(MapReader& reader, const std::filesystem::path& folder,
                            const space::Family& family);

/// The map that read_value_table reads, the file's rows written into it.
nlohmann::ordered_json value_table_json(const ValueTable& table);

/// An evaluator of the table's values. An architecture without a row is a failed candidate; an
/// archid may be of either kind (archid, archid_sampled).
std::shared_ptr<Evaluator> make_value_table(ValueTable table);

}  // namespace lts::predictor

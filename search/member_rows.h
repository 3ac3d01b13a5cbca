#pragma once

#include <span>
#include <string>
#include <vector>

#include "search/search_config.h"

namespace lts::search {

/// How members of a space are listed: what evaluations.csv says of an architecture, then the value
/// of each free objective (its interval too, NAME_ci_low and NAME_ci_high, where a prediction has
/// one); a value that an objective does not have is empty. Measured objectives have no column.
class MemberRows {
 public:
  /// `config` outlives the table.
  explicit MemberRows(const SearchConfig& config);

  const std::vector<std::string>& columns() const { return columns_; }

  /// A line of CSV for each member, in order; computed on all cores.
  std::vector<std::string> csv_lines(std::span<const space::Architecture> members) const;
  /// The same as JSON objects by column: per-layer genes are lists, an absent value is null.
  std::vector<std::string> json_lines(std::span<const space::Architecture> members) const;

 private:
  struct Column {
    const predictor::Objective* objective;
    bool has_interval;
  };

  std::vector<std::string> fields(const space::Architecture& member) const;

  const SearchConfig& config_;
  std::vector<Column> free_;
  std::vector<std::string> columns_;
};

}  // namespace lts::search

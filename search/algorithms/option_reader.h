#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/config_reader.h"

namespace lts::search {

/// Reads an algorithm's keys of `search:` and writes each, resolved, for config.yaml and the
/// comparison on --resume. \throws Error kUser with the place, as MapReader.
class OptionReader {
 public:
  OptionReader(MapReader& reader, nlohmann::ordered_json& resolved)
      : reader_(reader), resolved_(resolved) {}

  /// From `min` to a million.
  int count(const std::string& key, int fallback, std::int64_t min = 1) {
    const auto value = reader_.integer(key, fallback, {.min = min, .max = 1'000'000});
    resolved_[key] = value;
    return static_cast<int>(value);
  }

  double number(const std::string& key, double fallback, Range<double> range) {
    const double value = reader_.number(key, fallback, range);
    resolved_[key] = value;
    return value;
  }

  /// A key without a value of its own: left out, it stays so.
  std::optional<double> optional_number(const std::string& key, Range<double> range) {
    const YamlNode* node = reader_.child(key);
    if (!node) return std::nullopt;
    return number(key, 0, range);
  }

 private:
  MapReader& reader_;
  nlohmann::ordered_json& resolved_;
};

}  // namespace lts::search

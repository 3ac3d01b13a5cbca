#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/yaml.h"

namespace lts {

/// Bounds of a number in a configuration, ends allowed; a message names those that are set.
template <typename T>
struct Range {
  T min = std::numeric_limits<T>::lowest();
  T max = std::numeric_limits<T>::max();
};

/// Scalars by type. \throws Error kUser with the place, what was found and what is accepted.
/// Integers are decimal only: "010" is refused (YAML 1.1 would call it 8), "1e6" is an integer
/// where it is a whole number.
std::int64_t as_int(const YamlNode& node, std::string_view what, Range<std::int64_t> range = {});
double as_double(const YamlNode& node, std::string_view what, Range<double> range = {});
bool as_bool(const YamlNode& node, std::string_view what);
std::string as_string(const YamlNode& node, std::string_view what);
std::vector<std::string> as_strings(const YamlNode& node, std::string_view what);

/// Reads one map of a configuration. Each key asked for becomes an accepted key; finish() refuses
/// the others with the nearest accepted one. Keep the node alive while the reader lives.
///
///     MapReader reader(node, "stop");
///     options.min_runs = reader.integer("min_runs", 5, {.min = 1});
///     reader.finish();
class MapReader {
 public:
  /// `what` names the map in messages ("search", "objectives[2]"). A null node reads as an empty
  /// map. \throws Error kUser unless the node is a map.
  MapReader(const YamlNode& node, std::string what);

  /// The value under `key`, marked as accepted; nullptr where absent or null.
  const YamlNode* child(std::string_view key);
  /// As child(), but \throws Error kUser when absent.
  const YamlNode& required(std::string_view key);

  /// The typed value under `key`, or `fallback` where absent. \throws Error kUser on type or range.
  std::int64_t integer(std::string_view key, std::int64_t fallback, Range<std::int64_t> range = {});
  double number(std::string_view key, double fallback, Range<double> range = {});
  bool boolean(std::string_view key, bool fallback);
  std::string string(std::string_view key, std::string fallback);
  /// One of `accepted`; `fallback` where absent.
  std::string choice(std::string_view key, std::string fallback,
                     std::initializer_list<std::string_view> accepted);

  /// Refuses keys nobody asked for. \throws Error kUser.
  void finish() const;

  const Place& place() const { return node_.place; }
  /// "search.iterations": how messages name a key of this map.
  std::string path_of(std::string_view key) const;

 private:
  const YamlNode& node_;
  std::string what_;
  std::vector<std::string> accepted_;
};

}  // namespace lts

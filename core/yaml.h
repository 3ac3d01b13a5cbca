#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"

namespace lts {

/// A YAML (or JSON) document as a tree in which every value knows its place. Scalars stay text
/// until a reader asks for a type (core/config_reader.h).
struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  struct Entry;

  Kind kind = Kind::kNull;
  std::string scalar{};           ///< kScalar: the text
  bool quoted = false;            ///< kScalar: written in quotes, so always a string
  std::vector<YamlNode> items{};  ///< kSequence
  std::vector<Entry> entries;     ///< kMap, in file order, keys unique
  Place place{};

  /// The value under `key`, or nullptr.
  const YamlNode* find(std::string_view key) const;
  YamlNode* find(std::string_view key);
};

struct YamlNode::Entry {
  std::string key;
  Place key_place;
  YamlNode value;
};

/// Reads one document. Refuses, as the user's error with line and column: bytes that are no UTF-8
/// text, more than one document, duplicate keys, aliases that expand to more than 100,000 values,
/// nesting deeper than 100. \throws Error kUser.
YamlNode load_yaml(const std::filesystem::path& path);
/// The same for text already in memory; `name` stands for the file in messages.
YamlNode parse_yaml(std::string_view text, const std::string& name);

/// Sets `a.b.c=value` (value is YAML) in a map, making maps on the way; `a.0.c` indexes a sequence.
/// \throws Error kUser when the text has no '=', or the path meets a scalar or an index out of
/// range.
void apply_override(YamlNode& root, std::string_view assignment);

/// The YAML text of a JSON value, block style, keys in their order; parse_yaml reads it back.
std::string to_yaml(const nlohmann::ordered_json& value);

/// The same tree as JSON: plain scalars get the type they look like in YAML 1.2's core schema.
nlohmann::ordered_json to_json(const YamlNode& node);

}  // namespace lts

#include "search/report/json_table.h"

#include <algorithm>
#include <map>

#include "core/text.h"

namespace lts::search {
namespace {

using Json = nlohmann::ordered_json;

/// A value for people: sizes in bytes with binary units, lists with commas, maps in them by name.
std::string text_of(const std::string& key, const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_number() && key.ends_with("bytes")) return human_bytes(value.get<double>());
  if (value.is_array()) {
    std::vector<std::string> parts;
    for (const Json& item : value) parts.push_back(text_of("", item));
    return join(parts, ", ");
  }
  if (value.is_object()) {
    std::vector<std::string> parts;
    for (const auto& [name, item] : value.items())
      parts.push_back(name + " " + text_of(name, item));
    return "(" + join(parts, ", ") + ")";
  }
  return value.dump();
}

/// Keys in the order in which they are met, and each object's text.
struct Rows {
  std::vector<std::string> keys;
  std::map<std::string, std::vector<std::string>> texts;

  void add(const std::string& prefix, const Json& object, std::size_t column, std::size_t columns) {
    for (const auto& [name, value] : object.items()) {
      const std::string key = prefix + name;
      if (value.is_null()) continue;
      if (value.is_object()) {
        add(key + ".", value, column, columns);
        continue;
      }
      auto& row = texts[key];
      if (row.empty()) {
        keys.push_back(key);
        row.resize(columns);
      }
      row[column] = text_of(key, value);
    }
  }
};

}  // namespace

std::string json_table(MarkupTable table,
                       const std::vector<std::pair<std::string, Json>>& objects) {
  Rows rows;
  table.columns = {"key"};
  for (std::size_t i = 0; i < objects.size(); ++i) {
    table.columns.push_back(escaped(objects[i].first));
    if (objects[i].second.is_object()) rows.add("", objects[i].second, i, objects.size());
  }
  for (const std::string& key : rows.keys) {
    const auto& texts = rows.texts[key];
    const bool differ = std::ranges::any_of(texts, [&](auto& t) { return t != texts.front(); });
    table.rows.push_back({escaped(key) + (differ ? " <small class=\"flag\">differs</small>" : "")});
    for (const std::string& text : texts) table.rows.back().push_back(escaped(text));
  }
  return table_markup(table);
}

}  // namespace lts::search

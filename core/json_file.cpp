#include "core/json_file.h"

#include <algorithm>

#include "core/error.h"

namespace lts {
namespace {

constexpr int kMaxDepth = 100;

Place place_of(std::string_view text, std::size_t offset, const std::string& name) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line_begin = before.rfind('\n');  // npos + 1 is 0
  return {name, 1 + static_cast<int>(std::ranges::count(before, '\n')),
          1 + static_cast<int>(before.size() - (line_begin + 1))};
}

/// nlohmann's message without its own prefix, which ends in "column <n>: ".
std::string reason(const nlohmann::json::parse_error& error) {
  const std::string message = error.what();
  const auto column = message.find("column ");
  const auto colon = message.find(": ", column == std::string::npos ? 0 : column);
  return colon == std::string::npos ? message : message.substr(colon + 2);
}

}  // namespace

nlohmann::json parse_json(std::string_view text, const std::string& name) {
  const auto watch_depth = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    if (depth <= kMaxDepth) return true;
    throw user_error({name}, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
  };
  try {
    return nlohmann::json::parse(text, watch_depth);
  } catch (const nlohmann::json::parse_error& error) {
    const std::size_t offset = error.byte > 0 ? error.byte - 1 : 0;
    throw user_error(place_of(text, offset, name), "is not valid JSON: " + reason(error));
  } catch (const nlohmann::json::exception& error) {
    throw user_error({name}, std::string("is not valid JSON: ") + error.what());
  }
}

std::string text_at(const nlohmann::ordered_json& value, std::string_view key) {
  if (!value.is_object()) return "";
  const auto found = value.find(std::string(key));
  return found != value.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace lts

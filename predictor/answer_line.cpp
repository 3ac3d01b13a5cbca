#include "predictor/answer_line.h"

#include "core/excerpt.h"
#include "core/json_file.h"

namespace lts::predictor {

Error refusal(const std::string& message) { return runtime_error("", message); }

nlohmann::json parse_object(std::string_view line, const std::string& what,
                            const std::string& hint) {
  nlohmann::json value;
  try {
    value = parse_json(line, "");
  } catch (const Error&) {
    throw refusal(what + " is no JSON: " + excerpt(line) + hint);
  }
  if (!value.is_object()) throw refusal(what + " is no JSON object: " + excerpt(line));
  return value;
}

const nlohmann::json& member(const nlohmann::json& object, const char* key) {
  static const nlohmann::json kNone;
  const auto found = object.find(key);
  return found == object.end() ? kNone : *found;
}

std::string as_text(const nlohmann::json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void require_id(const nlohmann::json& answer, std::int64_t id) {
  const nlohmann::json& got = member(answer, "id");
  if (got == id) return;
  throw refusal("the answer has id " + (got.is_null() ? "(none)" : excerpt(got.dump())) +
                "; the request was " + std::to_string(id));
}

}  // namespace lts::predictor

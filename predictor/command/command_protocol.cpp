#include "predictor/command/command_protocol.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/excerpt.h"
#include "predictor/answer_line.h"
#include "predictor/proxies/closed_form.h"
#include "space/family.h"

namespace lts::predictor {
namespace {

using space::Architecture;

nlohmann::ordered_json described(const Architecture& architecture) {
  nlohmann::ordered_json out = {{"archid", space::archid(architecture)},
                                {"family", architecture.family().name()},
                                {"config", space::config_json(architecture)}};
  out.update(closed_forms_json(architecture.family().counts(architecture)));
  return out;
}

/// What is most often wrong with a line that is no JSON.
std::string hint_for(std::string_view line) {
  const bool not_finite =
      line.find("NaN") != std::string_view::npos || line.find("Infinity") != std::string_view::npos;
  return not_finite ? "; JSON has no NaN and no Infinity, null is a failed candidate"
                    : "; nothing but answers goes to its standard output";
}

/// The entry of `errors` for a null: of a list, the one at its place or, in a list of as many as
/// there are nulls, the one of its turn; of a map, the one under its archid or its index.
std::string error_of(const nlohmann::json& answer, std::size_t index, std::size_t turn,
                     const Architecture& architecture) {
  const nlohmann::json &errors = member(answer, "errors"), &values = member(answer, "values");
  if (errors.is_object()) {
    const std::string by_archid = as_text(member(errors, space::archid(architecture).c_str()));
    return by_archid.empty() ? as_text(member(errors, std::to_string(index).c_str())) : by_archid;
  }
  if (errors.is_array()) {
    const std::size_t at = errors.size() == values.size() ? index : turn;
    return at < errors.size() ? as_text(errors[at]) : "";
  }
  return as_text(errors);
}

}  // namespace

std::string command_request(std::int64_t id, std::span<const Architecture> architectures) {
  nlohmann::ordered_json line = {{"id", id}, {"architectures", nlohmann::ordered_json::array()}};
  for (const Architecture& architecture : architectures) {
    line["architectures"].push_back(described(architecture));
  }
  return line.dump() + "\n";
}

std::vector<Outcome> parse_command_answer(std::string_view line, std::int64_t id,
                                          std::span<const Architecture> architectures) {
  const nlohmann::json answer = parse_object(line, "the answer", hint_for(line));
  require_id(answer, id);
  const nlohmann::json& values = member(answer, "values");
  if (!values.is_array()) throw refusal("the answer has no list values: " + excerpt(line));
  if (values.size() != architectures.size()) {
    throw refusal("the answer has " + std::to_string(values.size()) + " values for " +
                  std::to_string(architectures.size()) + " architectures");
  }
  std::vector<Outcome> out;
  std::size_t nulls = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].is_number() && std::isfinite(values[i].get<double>())) {
      out.emplace_back(Measurement{.value = values[i].get<double>()});
    } else if (values[i].is_null()) {
      const std::string reason = error_of(answer, i, nulls++, architectures[i]);
      out.emplace_back(
          Failure{"candidate", reason.empty() ? "the program gave no value and no error" : reason});
    } else {
      throw refusal("values[" + std::to_string(i) + "] is " + excerpt(values[i].dump()) +
                    "; accepted: a finite number, or null for a failed candidate");
    }
  }
  return out;
}

}  // namespace lts::predictor

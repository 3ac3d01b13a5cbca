#include "core/python_json.h"

#include <cmath>

#include "core/text.h"

namespace lts {
namespace {

void write_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "Infinity" : "-Infinity";
  } else {
    out += python_repr(value);
  }
}

void write(std::string& out, const nlohmann::json& value) {
  if (value.is_object()) {
    out += '{';
    bool first = true;
    for (const auto& [key, item] : value.items()) {  // std::map: keys sorted by their UTF-8 bytes
      if (!first) out += ", ";
      first = false;
      write(out, key);
      out += ": ";
      write(out, item);
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ", ";
      write(out, value[i]);
    }
    out += ']';
  } else if (value.is_number_float()) {
    write_number(out, value.get<double>());
  } else {
    out += value.dump(-1, ' ', /*ensure_ascii=*/true);
  }
}

}  // namespace

std::string python_json(const nlohmann::json& value) {
  std::string out;
  write(out, value);
  return out;
}

}  // namespace lts

#include <yaml-cpp/emitter.h>
#include <yaml-cpp/null.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "core/text.h"
#include "core/yaml.h"

namespace lts {
namespace {

/// Whether a plain scalar of this text would not be a string: to us, or to a reader of YAML 1.1.
bool looks_typed(std::string text) {
  constexpr std::array<std::string_view, 13> kWords = {
      "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"};
  std::int64_t integer = 0;
  double real = 0;
  if (parse_int(text, integer) || parse_double(text, real)) return true;
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::ranges::find(kWords, text) != kWords.end();
}

/// "1.0e-05", where Python's repr says "1e-05", which a reader of YAML 1.1 takes for a string.
std::string yaml_float(double value) {
  std::string text = python_repr(value);
  const auto exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos) {
    text.insert(exponent, ".0");
  }
  return text;
}

void emit(YAML::Emitter& out, const nlohmann::ordered_json& value) {
  if (value.is_object()) {
    out << (value.empty() ? YAML::Flow : YAML::Block) << YAML::BeginMap;
    for (const auto& [key, item] : value.items()) {
      out << YAML::Key << key << YAML::Value;
      emit(out, item);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    const bool flat = value.empty() || !value.front().is_structured();
    out << (flat ? YAML::Flow : YAML::Block) << YAML::BeginSeq;
    for (const auto& item : value) emit(out, item);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (looks_typed(text)) out << YAML::DoubleQuoted;
    out << text;
  } else if (value.is_null()) {
    out << YAML::Null;  // the text "null" would be quoted
  } else if (value.is_number_float()) {
    out << yaml_float(value.get<double>());
  } else {
    out << value.dump();
  }
}

}  // namespace

std::string to_yaml(const nlohmann::ordered_json& value) {
  YAML::Emitter out;
  emit(out, value);
  return std::string(out.c_str()) + "\n";
}

nlohmann::ordered_json to_json(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return nullptr;
    case YamlNode::Kind::kSequence: {
      auto out = nlohmann::ordered_json::array();
      for (const YamlNode& item : node.items) out.push_back(to_json(item));
      return out;
    }
    case YamlNode::Kind::kMap: {
      auto out = nlohmann::ordered_json::object();
      for (const auto& entry : node.entries) out[entry.key] = to_json(entry.value);
      return out;
    }
    case YamlNode::Kind::kScalar:
      break;
  }
  std::int64_t integer = 0;
  double real = 0;
  if (node.quoted) return node.scalar;
  if (node.scalar == "true" || node.scalar == "false") return node.scalar == "true";
  if (parse_int(node.scalar, integer)) return integer;
  if (parse_double(node.scalar, real)) return real;
  return node.scalar;
}

}  // namespace lts

#include "core/config_reader.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"

namespace lts {
namespace {

std::string found(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a map";
    case YamlNode::Kind::kScalar:
      break;
  }
  return "'" + node.scalar + "'";
}

[[noreturn]] void refuse(const YamlNode& node, std::string_view what, const std::string& accepted) {
  throw user_error(node.place,
                   std::string(what) + " is " + found(node) + "; accepted: " + accepted);
}

std::string say(std::int64_t value) { return std::to_string(value); }
std::string say(double value) { return short_number(value, 12); }

template <typename T>
std::string describe(std::string_view noun, const Range<T>& range) {
  const bool low = range.min != std::numeric_limits<T>::lowest();
  const bool high = range.max != std::numeric_limits<T>::max();
  std::string out(noun);
  if (low && high) return out + " from " + say(range.min) + " to " + say(range.max);
  if (low) return out + ", at least " + say(range.min);
  if (high) return out + ", at most " + say(range.max);
  return out;
}

bool plain(const YamlNode& node) { return node.kind == YamlNode::Kind::kScalar && !node.quoted; }

bool leading_zero(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

bool integer_of(const std::string& text, std::int64_t& value) {
  if (leading_zero(text)) return false;
  if (parse_int(text, value)) return true;
  double real = 0;  // 1.0e6 is how people write a million
  if (!parse_double(text, real) || real != std::floor(real) || std::abs(real) > 9e15) return false;
  value = static_cast<std::int64_t>(real);
  return true;
}

}  // namespace

std::int64_t as_int(const YamlNode& node, std::string_view what, Range<std::int64_t> range) {
  std::int64_t value = 0;
  if (!plain(node) || !integer_of(node.scalar, value) || value < range.min || value > range.max) {
    refuse(node, what, describe("an integer", range));
  }
  return value;
}

double as_double(const YamlNode& node, std::string_view what, Range<double> range) {
  double value = 0;
  const bool read = plain(node) && !leading_zero(node.scalar) && parse_double(node.scalar, value);
  if (!read || !std::isfinite(value) || value < range.min || value > range.max) {
    refuse(node, what, describe("a number", range));
  }
  return value;
}

bool as_bool(const YamlNode& node, std::string_view what) {
  if (plain(node) && node.scalar == "true") return true;
  if (plain(node) && node.scalar == "false") return false;
  refuse(node, what, "true, false");
}

std::string as_string(const YamlNode& node, std::string_view what) {
  if (node.kind != YamlNode::Kind::kScalar) refuse(node, what, "a string");
  return node.scalar;
}

std::vector<std::string> as_strings(const YamlNode& node, std::string_view what) {
  if (node.kind != YamlNode::Kind::kSequence) refuse(node, what, "a list of strings");
  std::vector<std::string> out;
  for (const YamlNode& item : node.items) out.push_back(as_string(item, what));
  return out;
}

MapReader::MapReader(const YamlNode& node, std::string what) : node_(node), what_(std::move(what)) {
  if (node.kind != YamlNode::Kind::kMap && node.kind != YamlNode::Kind::kNull) {
    refuse(node, what_.empty() ? "the file" : what_, "a map of keys");
  }
}

std::string MapReader::path_of(std::string_view key) const {
  return what_.empty() ? std::string(key) : what_ + "." + std::string(key);
}

const YamlNode* MapReader::child(std::string_view key) {
  if (std::ranges::find(accepted_, key) == accepted_.end()) accepted_.emplace_back(key);
  const YamlNode* value = node_.find(key);
  return value && value->kind != YamlNode::Kind::kNull ? value : nullptr;
}

const YamlNode& MapReader::required(std::string_view key) {
  const YamlNode* value = child(key);
  if (!value) throw user_error(node_.place, "key '" + path_of(key) + "' is missing");
  return *value;
}

std::int64_t MapReader::integer(std::string_view key, std::int64_t fallback,
                                Range<std::int64_t> range) {
  const YamlNode* value = child(key);
  return value ? as_int(*value, path_of(key), range) : fallback;
}

double MapReader::number(std::string_view key, double fallback, Range<double> range) {
  const YamlNode* value = child(key);
  return value ? as_double(*value, path_of(key), range) : fallback;
}

bool MapReader::boolean(std::string_view key, bool fallback) {
  const YamlNode* value = child(key);
  return value ? as_bool(*value, path_of(key)) : fallback;
}

std::string MapReader::string(std::string_view key, std::string fallback) {
  const YamlNode* value = child(key);
  return value ? as_string(*value, path_of(key)) : std::move(fallback);
}

std::string MapReader::choice(std::string_view key, std::string fallback,
                              std::initializer_list<std::string_view> accepted) {
  const YamlNode* value = child(key);
  if (!value) return fallback;
  const std::vector<std::string> names(accepted.begin(), accepted.end());
  std::string got = as_string(*value, path_of(key));
  for (const std::string& name : names) {
    if (name == got) return got;
  }
  throw user_error(value->place, path_of(key) + " is '" + got + "'" + accepted_names(got, names));
}

void MapReader::finish() const {
  for (const auto& entry : node_.entries) {
    if (std::find(accepted_.begin(), accepted_.end(), entry.key) != accepted_.end()) continue;
    throw user_error(entry.key_place, "unknown key '" + path_of(entry.key) + "'" +
                                          accepted_names(entry.key, accepted_));
  }
}

}  // namespace lts

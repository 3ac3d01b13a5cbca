#include "cli/command.h"

#include <iostream>

#include "core/error.h"

namespace lts::cli {

namespace po = boost::program_options;

namespace {

YamlNode as_node(const std::string& name, const std::string& text) {
  return {.kind = YamlNode::Kind::kScalar, .scalar = text, .place = {"--" + name}};
}

}  // namespace

Arguments::Arguments(std::string usage, std::string example)
    : usage_(std::move(usage)), example_(std::move(example)), visible_("Options") {
  flag("json", "print one JSON document on standard output and nothing else there");
  flag("help,h", "print this help");
}

Arguments& Arguments::positional(const std::string& name, Count count, const std::string& help) {
  positional_help_ += "  " + name + ": " + help + "\n";
  hidden_.add_options()(name.c_str(), po::value<std::vector<std::string>>(), help.c_str());
  positional_.add(name.c_str(), count == Count::kSome || count == Count::kAny ? -1 : 1);
  if (count == Count::kOne || count == Count::kSome) required_positionals_.push_back(name);
  return *this;
}

Arguments& Arguments::flag(const std::string& name, const std::string& help) {
  visible_.add_options()(name.c_str(), po::bool_switch(), help.c_str());
  return *this;
}

Arguments& Arguments::option(const std::string& name, const std::string& value,
                             const std::string& help) {
  visible_.add_options()(name.c_str(), po::value<std::string>()->value_name(value), help.c_str());
  return *this;
}

Arguments& Arguments::options(const std::string& name, const std::string& value,
                              const std::string& help) {
  visible_.add_options()(name.c_str(), po::value<std::vector<std::string>>()->value_name(value),
                         help.c_str());
  return *this;
}

bool Arguments::parse(const std::vector<std::string>& words) {
  po::options_description all;
  all.add(visible_).add(hidden_);
  const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  try {
    const auto parsed =
        po::command_line_parser(words).options(all).positional(positional_).style(style).run();
    po::store(parsed, values_);
  } catch (const po::error& error) {
    throw user_error(std::string(error.what()) + "; usage: lts " + usage_);
  }
  if (has("help")) {
    std::cout << "usage: lts " << usage_ << "\n"
              << positional_help_ << "\n"
              << visible_ << "\nExample:\n  " << example_ << "\n";
    return false;
  }
  for (const std::string& name : required_positionals_) {
    if (!values_.count(name)) throw user_error("missing " + name + "; usage: lts " + usage_);
  }
  return true;
}

bool Arguments::has(const std::string& name) const {
  if (!values_.count(name)) return false;
  const boost::any& value = values_[name].value();
  const bool* given = boost::any_cast<bool>(&value);
  return given ? *given : !values_[name].defaulted();
}

std::string Arguments::text(const std::string& name, const std::string& fallback) const {
  if (!values_.count(name)) return fallback;
  const boost::any& value = values_[name].value();
  if (const auto* one = boost::any_cast<std::string>(&value)) return *one;
  return boost::any_cast<const std::vector<std::string>&>(value).front();
}

std::vector<std::string> Arguments::texts(const std::string& name) const {
  if (!values_.count(name)) return {};
  return values_[name].as<std::vector<std::string>>();
}

std::int64_t Arguments::integer(const std::string& name, std::int64_t fallback,
                                Range<std::int64_t> range) const {
  if (!has(name)) return fallback;
  return as_int(as_node(name, text(name)), name, range);
}

double Arguments::number(const std::string& name, double fallback, Range<double> range) const {
  if (!has(name)) return fallback;
  return as_double(as_node(name, text(name)), name, range);
}

std::string Arguments::required(const std::string& name) const {
  if (!has(name)) throw user_error("missing --" + name + "; usage: lts " + usage_);
  return text(name);
}

void print_json(const nlohmann::ordered_json& document) { std::cout << document.dump(2) << "\n"; }

}  // namespace lts::cli

#pragma once

#include <boost/program_options.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/config_reader.h"

namespace lts::cli {

/// One subcommand. `run` returns the exit status; errors are thrown and printed by main().
struct Command {
  std::string_view name;
  std::string_view summary;  ///< one line for `lts --help`
  int (*run)(const std::vector<std::string>& arguments);
};

/// Every subcommand, in the order of `lts --help`; the table stands in commands.cpp.
const std::vector<Command>& commands();

/// How many words a positional argument takes.
enum class Count { kOne, kOptional, kSome, kAny };

/// The arguments of one subcommand over Boost.Program_options: declare, parse, read.
///
///     Arguments args("describe ARCH...", "lts describe 0e1b5a3c --json");
///     args.positional("arch", Count::kSome, "architectures").option("format", "table|csv", "...");
///     if (!args.parse(words)) return 0;  // --help was printed
class Arguments {
 public:
  /// `usage` follows "lts " in the help; `--json` and `--help` are always there.
  Arguments(std::string usage, std::string example);

  Arguments& positional(const std::string& name, Count count, const std::string& help);
  /// "resume" or "output,o" (with a one-letter form).
  Arguments& flag(const std::string& name, const std::string& help);
  Arguments& option(const std::string& name, const std::string& value, const std::string& help);
  /// An option that may be given several times.
  Arguments& options(const std::string& name, const std::string& value, const std::string& help);

  /// \throws Error kUser for unknown or missing words. False when --help was asked for and printed.
  bool parse(const std::vector<std::string>& words);

  bool has(const std::string& name) const;
  bool json() const { return has("json"); }
  std::string text(const std::string& name, const std::string& fallback = "") const;
  std::vector<std::string> texts(const std::string& name) const;
  /// \throws Error kUser naming the option when it is no number or out of range.
  std::int64_t integer(const std::string& name, std::int64_t fallback,
                       Range<std::int64_t> range = {}) const;
  double number(const std::string& name, double fallback, Range<double> range = {}) const;
  /// The value of an option that must be given. \throws Error kUser when it is not.
  std::string required(const std::string& name) const;

 private:
  std::string usage_, example_, positional_help_;
  boost::program_options::options_description visible_, hidden_;
  boost::program_options::positional_options_description positional_;
  std::vector<std::string> required_positionals_;
  boost::program_options::variables_map values_;
};

/// Prints one JSON document on standard output.
void print_json(const nlohmann::ordered_json& document);

}  // namespace lts::cli

#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/version.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/text.h"
#include "predictor/profilers/huge_pages.h"

namespace lts::cli {
namespace {

void print_usage(std::ostream& out) {
  out << "usage: lts COMMAND [ARGUMENTS]\n\nLightweight Transformer Search: find the Pareto front "
         "of "
         "transformer architectures\non your hardware, then train the winners.\n\nCommands:\n";
  for (const Command& command : commands()) {
    out << "  " << command.name << std::string(11 - command.name.size(), ' ') << command.summary
        << "\n";
  }
  out << "\nlts COMMAND --help says more; lts --version [--json] what this program is built "
         "from.\n";
}

int print_version(const std::vector<std::string>& words) {
  const auto version = version_json();
  if (words.size() > 1 && words[1] == "--json") {
    print_json(version);
    return 0;
  }
  for (const auto& [key, value] : version.items()) {
    const bool text = value.is_string();
    std::cout << key << " " << (text ? value.get<std::string>() : value.dump()) << "\n";
  }
  return 0;
}

int dispatch(const std::vector<std::string>& words) {
  if (words.empty()) {
    print_usage(std::cerr);
    return 2;
  }
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    print_usage(std::cout);
    return 0;
  }
  if (words[0] == "--version") return print_version(words);
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (command.name == words[0]) return command.run({words.begin() + 1, words.end()});
    names.emplace_back(command.name);
  }
  throw user_error("unknown command '" + words[0] + "'" + accepted_names(words[0], names));
}

int run(const std::vector<std::string>& words) {
  try {
    return dispatch(words);
  } catch (const Error& error) {
    // Without text: another process of the same training says it.
    if (*error.what() != '\0') std::cerr << error.what() << "\n";
    return error.exit_status();
  } catch (const std::bad_alloc&) {
    std::cerr << "out of memory\n";
    return 1;
  } catch (const std::exception& error) {
    // LibTorch appends a stack trace that tells a user nothing.
    std::cerr << first_line(error.what()) << "\n";
    return 1;
  }
}

}  // namespace
}  // namespace lts::cli

int main(int argc, char** argv) {
  lts::predictor::ask_for_huge_pages();
  lts::install_interrupt_handler();
  return lts::cli::run({argv + 1, argv + argc});
}

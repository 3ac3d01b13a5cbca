#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace lts::cli {

// One function per subcommand, each in cli/commands/<name>.cpp: parse, call a library, print.
int describe(const std::vector<std::string>& arguments);
int reproduce(const std::vector<std::string>& arguments);
int profile(const std::vector<std::string>& arguments);
int doctor(const std::vector<std::string>& arguments);
int fit(const std::vector<std::string>& arguments);
int search(const std::vector<std::string>& arguments);
int enumerate(const std::vector<std::string>& arguments);
int compare(const std::vector<std::string>& arguments);
int correlate(const std::vector<std::string>& arguments);
int report(const std::vector<std::string>& arguments);
int pick(const std::vector<std::string>& arguments);
int prepare(const std::vector<std::string>& arguments);
int tokenize(const std::vector<std::string>& arguments);
int train(const std::vector<std::string>& arguments);
int status(const std::vector<std::string>& arguments);
int eval(const std::vector<std::string>& arguments);
int generate(const std::vector<std::string>& arguments);
int export_model(const std::vector<std::string>& arguments);
int card(const std::vector<std::string>& arguments);

}  // namespace lts::cli

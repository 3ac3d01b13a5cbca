#include "core/program_words.h"

#include <unistd.h>
#include <cstdlib>

#include <algorithm>
#include <system_error>

#include "core/config_reader.h"
#include "core/text.h"

namespace lts {
namespace {

namespace fs = std::filesystem;

bool in_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  for (const std::string& folder : split(path != nullptr ? path : "", ':')) {
    if (::access((fs::path(folder) / program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> as_words(const YamlNode& node, std::string_view what) {
  std::vector<std::string> words = as_strings(node, what);
  if (!words.empty() && std::ranges::find(words, "") == words.end()) return words;
  throw user_error(node.place, std::string(what) +
                                   (words.empty() ? " is empty" : " has an empty word") +
                                   "; accepted: a list of words, such as [python3, measure.py]");
}

void resolve_program(std::vector<std::string>& words, const fs::path& folder) {
  if (words.empty() || words.front().find('/') == std::string::npos) return;
  words.front() = (folder / words.front()).lexically_normal().string();
}

void resolve_file(std::string& word, const fs::path& folder) {
  std::error_code ignored;
  if (fs::is_regular_file(folder / word, ignored))
    word = (folder / word).lexically_normal().string();
}

void require_program(const std::vector<std::string>& words, const std::string& what,
                     const Place& place) {
  if (words.empty()) return;
  const std::string& program = words.front();
  const bool is_path = program.find('/') != std::string::npos;
  if (is_path ? ::access(program.c_str(), X_OK) == 0 : in_path(program)) return;
  throw user_error(place, what + " names the program '" + program + "', which is " +
                              (is_path ? "not there or may not be executed"
                                       : "in no folder of PATH on this machine"));
}

}  // namespace lts

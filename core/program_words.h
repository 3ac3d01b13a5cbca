#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/yaml.h"

namespace lts {

/// The words of a command: a list, not empty, no word empty. \throws Error kUser with the place.
std::vector<std::string> as_words(const YamlNode& node, std::string_view what);

/// A program given by a path is the one beside the file that names it, in `folder`; a bare name is
/// looked up in PATH.
void resolve_program(std::vector<std::string>& words, const std::filesystem::path& folder);

/// What is a file in `folder` is named by its whole path, so that the configuration also works from
/// the folder of a run.
void resolve_file(std::string& word, const std::filesystem::path& folder);

/// \throws Error kUser at `place` when this machine has no such program as words[0]; `what` names
/// the key. No words are no program.
void require_program(const std::vector<std::string>& words, const std::string& what,
                     const Place& place);

}  // namespace lts

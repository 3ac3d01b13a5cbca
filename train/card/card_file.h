#pragma once

#include <filesystem>
#include <string>

namespace lts::train {

/// \throws Error kUser where `file` is one that write_card did not write, or that was changed
/// since.
void check_card_place(const std::filesystem::path& file);

/// Writes a model card, Markdown, with a last line by which it is known again. \throws Error
/// kRuntime for the disk.
void write_card(const std::filesystem::path& file, const std::string& markdown);

}  // namespace lts::train

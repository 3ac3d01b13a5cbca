#pragma once

#include <string_view>

namespace lts::log {

/// Messages for people, to standard error (spdlog behind; its header cannot meet LibTorch's in one
/// unit). Safe to call from any thread.
void info(std::string_view message);
void warning(std::string_view message);

}  // namespace lts::log

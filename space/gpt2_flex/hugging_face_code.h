#pragma once

#include <string_view>

namespace lts::space::gpt2_flex {

/// The text of modeling_gpt2_flex.py, which CMake puts into the library.
std::string_view modeling_text();

}  // namespace lts::space::gpt2_flex

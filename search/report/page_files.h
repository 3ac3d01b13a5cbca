#pragma once

#include <string_view>

namespace lts::search {

/// What a file of search/report/page/ holds; the build writes it into the program. Precondition:
/// `name` is one of those in search/CMakeLists.txt.
std::string_view page_file(std::string_view name);

}  // namespace lts::search

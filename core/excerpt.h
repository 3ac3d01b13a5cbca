#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

namespace lts {

/// The beginning of a text of unknown origin, in quotes, for a message: what is not printable ASCII
/// as '?'.
inline std::string excerpt(std::string_view text) {
  constexpr std::size_t kShown = 120;
  std::string out(text.substr(0, kShown));
  const auto printable = [](unsigned char c) { return c >= 0x20 && c < 0x7f; };
  std::ranges::replace_if(out, std::not_fn(printable), '?');
  return "'" + out + (text.size() > kShown ? "...'" : "'");
}

}  // namespace lts

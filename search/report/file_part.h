#pragma once

#include <cctype>
#include <string>

namespace lts::search {

/// A file name's worth of an objective's name.
inline std::string file_part(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) || byte >= 0x80 || c == '_' || c == '-' || c == '.';
    out += plain ? c : '_';
  }
  return out;
}

}  // namespace lts::search

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lts {

/// The small files of /proc and /sys below a root folder ("/", or a tree that a test wrote). What
/// is absent or unreadable reads as nothing: a system tells what it wants to. Paths begin without
/// "/".
class SystemFiles {
 public:
  explicit SystemFiles(std::filesystem::path root = "/") : root_(std::move(root)) {}

  /// The whole file, or "".
  std::string text(const std::string& path) const;
  /// The first line without blanks and NULs at its ends, or "".
  std::string line(const std::string& path) const;
  /// The first line as a whole decimal number.
  std::optional<std::int64_t> integer(const std::string& path) const;
  /// The value of the first "key: value" line ("model name", "MemTotal"), or "".
  std::string value(const std::string& path, std::string_view key) const;
  /// A size of /proc/meminfo ("MemTotal") in bytes.
  std::optional<std::int64_t> meminfo_bytes(std::string_view key) const;
  /// The names in a folder that begin with `prefix`, sorted; none where it is no folder.
  std::vector<std::string> names(const std::string& folder, std::string_view prefix = "") const;

 private:
  std::filesystem::path root_;
};

/// The value of the first "key: value" line of a text, or "".
std::string value_of_key(std::string_view text, std::string_view key);

/// "0-3,8" as {0, 1, 2, 3, 8}, sorted; what is no list of CPU numbers gives none.
std::vector<int> parse_cpu_list(std::string_view text);

}  // namespace lts

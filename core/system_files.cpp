#include "core/system_files.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

#include "core/text.h"

namespace lts {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kMaxCpu = 1 << 16;

std::string_view without_nuls(std::string_view text) {
  while (text.ends_with('\0')) text.remove_suffix(1);  // device-tree strings end with one
  return text;
}

}  // namespace

std::string SystemFiles::text(const std::string& path) const {
  std::ifstream file(root_ / path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string SystemFiles::line(const std::string& path) const {
  std::ifstream file(root_ / path, std::ios::binary);
  std::string line;
  std::getline(file, line);
  return std::string(trim(without_nuls(line)));
}

std::optional<std::int64_t> SystemFiles::integer(const std::string& path) const {
  std::int64_t value = 0;
  if (!parse_int(line(path), value)) return std::nullopt;
  return value;
}

std::string SystemFiles::value(const std::string& path, std::string_view key) const {
  return value_of_key(text(path), key);
}

std::optional<std::int64_t> SystemFiles::meminfo_bytes(std::string_view key) const {
  const auto words = split(value("proc/meminfo", key), ' ');  // "16282772 kB"
  std::int64_t size_kib = 0;
  if (!parse_int(words[0], size_kib)) return std::nullopt;
  return size_kib * 1024;
}

std::vector<std::string> SystemFiles::names(const std::string& folder,
                                            std::string_view prefix) const {
  std::vector<std::string> out;
  std::error_code code;  // processes come and go while their folder is read
  for (fs::directory_iterator at(root_ / folder, code), end; !code && at != end;
       at.increment(code)) {
    std::string name = at->path().filename().string();
    if (name.starts_with(prefix)) out.push_back(std::move(name));
  }
  std::ranges::sort(out);
  return out;
}

std::string value_of_key(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || trim(line.substr(0, colon)) != key) continue;
    return std::string(trim(line.substr(colon + 1)));
  }
  return "";
}

std::vector<int> parse_cpu_list(std::string_view text) {
  std::vector<int> out;
  for (const std::string& part : split(trim(text), ',')) {
    const auto dash = part.find('-');
    std::int64_t first = 0, last = 0;
    if (!parse_int(part.substr(0, dash), first)) return {};
    last = first;
    if (dash != std::string::npos && !parse_int(part.substr(dash + 1), last)) return {};
    if (first < 0 || last < first || last > kMaxCpu) return {};
    for (std::int64_t cpu = first; cpu <= last; ++cpu) out.push_back(static_cast<int>(cpu));
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace lts

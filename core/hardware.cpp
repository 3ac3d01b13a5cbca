#include "core/hardware.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "core/digest.h"
#include "core/text.h"

namespace lts {
namespace {

/// First line of a /proc or /sys file, or "" where there is none.
std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

nlohmann::ordered_json or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return text;
}

/// The value of the first "key : value" line of /proc/cpuinfo, or "".
std::string cpuinfo(std::string_view key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || trim(line.substr(0, colon)) != key) continue;
    return std::string(trim(std::string_view(line).substr(colon + 1)));
  }
  return "";
}

nlohmann::ordered_json instruction_sets() {
  auto out = nlohmann::ordered_json::array();
  std::istringstream flags(cpuinfo("flags"));
  for (std::string flag; flags >> flag;) {
    const bool telling = flag.starts_with("avx") || flag.starts_with("amx") || flag == "fma";
    if (telling) out.push_back(flag);
  }
  return out;
}

nlohmann::ordered_json caches() {
  auto out = nlohmann::ordered_json::object();
  for (int index = 0; index < 8; ++index) {
    const std::string folder =
        "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
    const std::string size = first_line(folder + "size");
    if (size.empty()) continue;
    const std::string type = first_line(folder + "type");
    const std::string suffix = type == "Data" ? "d" : type == "Instruction" ? "i" : "";
    out["L" + first_line(folder + "level") + suffix] = size;
  }
  return out;
}

}  // namespace

nlohmann::ordered_json hardware_fingerprint() {
  const std::string cpu = "/sys/devices/system/cpu/";
  utsname names{};
  uname(&names);
  nlohmann::ordered_json out;
  out["cpu_model"] = or_null(cpuinfo("model name"));
  out["num_cpus"] = sysconf(_SC_NPROCESSORS_ONLN);
  out["isa"] = instruction_sets();
  out["caches"] = caches();
  out["memory_bytes"] = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  out["governor"] = or_null(first_line(cpu + "cpu0/cpufreq/scaling_governor"));
  out["no_turbo"] = or_null(first_line(cpu + "intel_pstate/no_turbo"));
  out["smt"] = or_null(first_line(cpu + "smt/control"));
  out["architecture"] = names.machine;
  out["kernel"] = names.release;
  out["hostname_sha1"] = sha1_hex(names.nodename);
  return out;
}

}  // namespace lts

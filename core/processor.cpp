#include "core/processor.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "core/text.h"

namespace lts {
namespace {

const std::string kCpus = "sys/devices/system/cpu/";

std::string folder_of(int cpu) { return kCpus + "cpu" + std::to_string(cpu) + "/"; }

struct ArmCore {
  std::string_view part, name;
};

/// Arm's own designs, implementer 0x41 (the part numbers of their reference manuals, MIDR_EL1).
constexpr std::array kArmCores = {
    ArmCore{"0xd03", "Cortex-A53"},  ArmCore{"0xd04", "Cortex-A35"},
    ArmCore{"0xd05", "Cortex-A55"},  ArmCore{"0xd07", "Cortex-A57"},
    ArmCore{"0xd08", "Cortex-A72"},  ArmCore{"0xd09", "Cortex-A73"},
    ArmCore{"0xd0a", "Cortex-A75"},  ArmCore{"0xd0b", "Cortex-A76"},
    ArmCore{"0xd0c", "Neoverse-N1"}, ArmCore{"0xd0d", "Cortex-A77"},
    ArmCore{"0xd40", "Neoverse-V1"}, ArmCore{"0xd41", "Cortex-A78"},
    ArmCore{"0xd44", "Cortex-X1"},   ArmCore{"0xd46", "Cortex-A510"},
    ArmCore{"0xd47", "Cortex-A710"}, ArmCore{"0xd48", "Cortex-X2"},
    ArmCore{"0xd49", "Neoverse-N2"}, ArmCore{"0xd4f", "Neoverse-V2"},
};

std::string arm_name(const std::string& implementer, const std::string& part) {
  if (implementer == "0x41") {
    for (const ArmCore& core : kArmCores) {
      if (core.part == part) return std::string(core.name);
    }
  }
  return "implementer " + implementer + " part " + part;
}

/// The distinct cores of an Arm /proc/cpuinfo, in order of their first CPU.
std::string arm_model(const std::string& cpuinfo) {
  std::vector<std::string> names;
  std::istringstream lines(cpuinfo);
  std::string implementer;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("CPU implementer")) implementer = value_of_key(line, "CPU implementer");
    if (!line.starts_with("CPU part")) continue;
    std::string name = arm_name(implementer, value_of_key(line, "CPU part"));
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return join(names, " + ");
}

bool is_telling(std::string_view flag) {
  constexpr std::array kBeginnings = {"avx", "amx", "asimd", "sve", "sme"};
  constexpr std::array kWords = {"fma", "bf16", "i8mm", "fphp"};
  return std::ranges::any_of(kBeginnings, [&](auto begin) { return flag.starts_with(begin); }) ||
         std::ranges::any_of(kWords, [&](auto word) { return flag == word; });
}

/// The paths of a control group and of all above it, the group's own first.
std::vector<std::string> with_parents(std::string path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    out.push_back(path);
    path.resize(path.find_last_of('/') == std::string::npos ? 0 : path.find_last_of('/'));
  }
  out.emplace_back();
  return out;
}

/// cpu.max of version 2: "<quota> <period>", or "max <period>".
std::optional<double> quota_v2(const SystemFiles& files, const std::string& group) {
  const auto words = split(files.line("sys/fs/cgroup" + group + "/cpu.max"), ' ');
  std::int64_t quota = 0, period = 0;
  if (words.size() != 2 || !parse_int(words[0], quota) || !parse_int(words[1], period)) return {};
  if (quota <= 0 || period <= 0) return {};
  return static_cast<double>(quota) / static_cast<double>(period);
}

std::optional<double> quota_v1(const SystemFiles& files, const std::string& controllers,
                               const std::string& group) {
  const std::string folder = "sys/fs/cgroup/" + controllers + group;
  const auto quota = files.integer(folder + "/cpu.cfs_quota_us");
  const auto period = files.integer(folder + "/cpu.cfs_period_us");
  if (!quota || !period || *quota <= 0 || *period <= 0) return {};
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

/// The tightest quota of this process's control group and of those above it.
std::optional<double> cpu_quota(const SystemFiles& files) {
  std::optional<double> out;
  const auto take = [&](std::optional<double> quota) {
    if (quota && (!out || *quota < *out)) out = quota;
  };
  std::istringstream lines(files.text("proc/self/cgroup"));
  for (std::string line; std::getline(lines, line);) {  // "<number>:<controllers>:<path>"
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const auto names = split(controllers, ',');
    const bool counts_cpu = std::ranges::find(names, "cpu") != names.end();
    const std::string path = line.substr(second + 1);
    for (const std::string& group : with_parents(path == "/" ? "" : path)) {
      if (controllers.empty()) take(quota_v2(files, group));
      if (counts_cpu) take(quota_v1(files, controllers, group));
    }
  }
  return out;
}

}  // namespace

CpuTopology cpu_topology(const SystemFiles& files) {
  CpuTopology out{.online = parse_cpu_list(files.line(kCpus + "online"))};
  if (out.online.empty()) {
    for (unsigned cpu = 0; cpu < std::max(1U, std::thread::hardware_concurrency()); ++cpu) {
      out.online.push_back(static_cast<int>(cpu));
    }
  }
  std::set<std::string> sockets, cores;
  for (const int cpu : out.online) {
    const std::string topology = folder_of(cpu) + "topology/";
    const std::string siblings = files.line(topology + "thread_siblings_list");
    sockets.insert(files.line(topology + "physical_package_id"));
    cores.insert(siblings.empty() ? std::to_string(cpu) : siblings);
    out.threads_per_core =
        std::max(out.threads_per_core, static_cast<int>(parse_cpu_list(siblings).size()));
  }
  out.sockets = static_cast<int>(sockets.size());
  out.cores = static_cast<int>(cores.size());
  return out;
}

std::string cpu_model(const SystemFiles& files) {
  const std::string cpuinfo = files.text("proc/cpuinfo");
  const std::string name = value_of_key(cpuinfo, "model name");
  return name.empty() ? arm_model(cpuinfo) : name;
}

std::vector<std::string> instruction_sets(const SystemFiles& files) {
  const std::string cpuinfo = files.text("proc/cpuinfo");
  std::istringstream flags(value_of_key(cpuinfo, "flags") + " " +
                           value_of_key(cpuinfo, "Features"));
  std::vector<std::string> out;
  for (std::string flag; flags >> flag;) {
    if (is_telling(flag)) out.push_back(flag);
  }
  return out;
}

nlohmann::ordered_json cpu_caches(const SystemFiles& files) {
  auto out = nlohmann::ordered_json::object();
  for (const std::string& index : files.names(folder_of(0) + "cache", "index")) {
    const std::string folder = folder_of(0) + "cache/" + index + "/";
    const std::string size = files.line(folder + "size");
    if (size.empty()) continue;
    const std::string type = files.line(folder + "type");
    const std::string suffix = type == "Data" ? "d" : type == "Instruction" ? "i" : "";
    out["L" + files.line(folder + "level") + suffix] = size;
  }
  return out;
}

double CpuLimits::usable() const {
  const auto count = static_cast<double>(allowed.size());
  return quota ? std::min(*quota, count) : count;
}

CpuLimits cpu_limits(const SystemFiles& files) {
  CpuLimits out{.allowed = parse_cpu_list(files.value("proc/self/status", "Cpus_allowed_list"))};
  const std::vector<int> online = cpu_topology(files).online;
  std::erase_if(out.allowed, [&](int cpu) { return !std::ranges::binary_search(online, cpu); });
  if (out.allowed.empty()) out.allowed = online;
  out.quota = cpu_quota(files);
  return out;
}

nlohmann::ordered_json core_kinds(const SystemFiles& files, const std::vector<int>& cpus) {
  using Kind = std::pair<std::int64_t, std::int64_t>;  // frequency in Hz, capacity; 0: not told
  std::map<Kind, int, std::greater<>> counts;
  for (const int cpu : cpus) {
    const auto frequency_khz = files.integer(folder_of(cpu) + "cpufreq/cpuinfo_max_freq");
    const auto capacity = files.integer(folder_of(cpu) + "cpu_capacity");
    ++counts[{frequency_khz.value_or(0) * 1000, capacity.value_or(0)}];
  }
  auto out = nlohmann::ordered_json::array();
  for (const auto& [kind, count] : counts) {
    if (kind == Kind{0, 0}) continue;
    nlohmann::ordered_json entry = {{"count", count}};
    if (kind.first > 0) entry["max_frequency_hz"] = kind.first;
    if (kind.second > 0) entry["capacity"] = kind.second;
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace lts

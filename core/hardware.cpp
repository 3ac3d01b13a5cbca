#include "core/hardware.h"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

#include "core/digest.h"
#include "core/processor.h"
#include "core/system_files.h"
#include "core/text.h"

namespace lts {
namespace {

using nlohmann::ordered_json;

const std::string kCpus = "sys/devices/system/cpu/";

ordered_json or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return text;
}

template <typename T>
ordered_json or_null(const std::optional<T>& value) {
  if (!value) return nullptr;
  return *value;
}

std::string cpufreq(int cpu, const std::string& name) {
  return kCpus + "cpu" + std::to_string(cpu) + "/cpufreq/" + name;
}

/// The governors of the CPUs: one word as a rule.
std::string governor(const SystemFiles& files, const std::vector<int>& cpus) {
  std::set<std::string> found;
  for (const int cpu : cpus) found.insert(files.line(cpufreq(cpu, "scaling_governor")));
  found.erase("");
  return join(std::vector<std::string>(found.begin(), found.end()), " + ");
}

std::optional<bool> turbo(const SystemFiles& files) {
  if (const auto off = files.integer(kCpus + "intel_pstate/no_turbo")) return *off == 0;
  if (const auto on = files.integer(kCpus + "cpufreq/boost")) return *on != 0;
  return std::nullopt;
}

/// A board's name from the device tree, or vendor and product of a PC.
std::string machine(const SystemFiles& files) {
  const std::string board = files.line("proc/device-tree/model");
  if (!board.empty()) return board;
  const std::string dmi = "sys/class/dmi/id/";
  return std::string(trim(files.line(dmi + "sys_vendor") + " " + files.line(dmi + "product_name")));
}

/// The hypervisor under this system by what it says of itself, "unknown" where only the processor
/// says that there is one, "" for none.
std::string hypervisor(const SystemFiles& files) {
  struct Sign {
    std::string_view text, name;
  };
  constexpr std::array kSigns = {
      Sign{"QEMU", "kvm"},
      Sign{"KVM", "kvm"},
      Sign{"Amazon EC2", "kvm"},
      Sign{"Google", "kvm"},
      Sign{"VMware", "vmware"},
      Sign{"VirtualBox", "virtualbox"},
      Sign{"Xen", "xen"},
      Sign{"Microsoft", "hyper-v"},
      Sign{"Parallels", "parallels"},
      Sign{"Firecracker", "firecracker"},
  };
  const std::string flags = " " + files.value("proc/cpuinfo", "flags") + " ";
  const bool flagged = flags.find(" hypervisor ") != std::string::npos;
  const std::string type = files.line("sys/hypervisor/type");
  if (!type.empty()) return type;
  const std::string tree = files.line("proc/device-tree/hypervisor/compatible");
  if (!tree.empty()) return tree;
  const bool arm = files.value("proc/cpuinfo", "flags").empty();  // Arm has no such flag
  const std::string name = machine(files);
  for (const Sign& sign : kSigns) {
    // Microsoft sells PCs, and EC2 has bare metal: on x86 the flag decides.
    const bool vm_only = sign.name != "hyper-v" && sign.text != "Amazon EC2";
    if (name.find(sign.text) != std::string::npos && (flagged || (arm && vm_only))) {
      return std::string(sign.name);
    }
  }
  return flagged ? "unknown" : "";
}

/// "madvise" of "always [madvise] never".
std::string chosen(const std::string& line) {
  const auto begin = line.find('['), end = line.find(']');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return "";
  return line.substr(begin + 1, end - begin - 1);
}

std::optional<std::int64_t> memory_bytes(const SystemFiles& files, std::string_view key) {
  const auto words = split(files.value("proc/meminfo", key), ' ');  // "16282772 kB"
  std::int64_t size_kib = 0;
  if (words.empty() || !parse_int(words[0], size_kib)) return std::nullopt;
  return size_kib * 1024;
}

std::string machine_name(const SystemFiles& files) {
  const std::string told = files.line("proc/sys/kernel/arch");  // since Linux 6.1
  if (!told.empty()) return told;
  utsname names{};
  uname(&names);
  return names.machine;
}

std::optional<std::int64_t> numa_nodes(const SystemFiles& files) {
  const auto nodes = parse_cpu_list(files.line("sys/devices/system/node/online"));
  if (nodes.empty()) return std::nullopt;
  return static_cast<std::int64_t>(nodes.size());
}

}  // namespace

ordered_json hardware_fingerprint(const std::filesystem::path& root) {
  const SystemFiles files(root);
  const CpuTopology topology = cpu_topology(files);
  const CpuLimits limits = cpu_limits(files);
  return {{"cpu_model", or_null(cpu_model(files))},
          {"machine", or_null(machine(files))},
          {"sockets", topology.sockets},
          {"cores", topology.cores},
          {"threads_per_core", topology.threads_per_core},
          {"smt", or_null(files.line(kCpus + "smt/control"))},
          {"num_cpus", topology.online.size()},
          {"isa", instruction_sets(files)},
          {"caches", cpu_caches(files)},
          {"microcode", or_null(files.value("proc/cpuinfo", "microcode"))},
          {"core_kinds", core_kinds(files, limits.allowed)},
          {"memory_bytes", or_null(memory_bytes(files, "MemTotal"))},
          {"numa_nodes", or_null(numa_nodes(files))},
          {"transparent_hugepages",
           or_null(chosen(files.line("sys/kernel/mm/transparent_hugepage/enabled")))},
          {"governor", or_null(governor(files, limits.allowed))},
          {"turbo", or_null(turbo(files))},
          {"hypervisor", or_null(hypervisor(files))},
          {"cpu_quota", or_null(limits.quota)},
          {"cpus_allowed", limits.allowed.size()},
          {"architecture", machine_name(files)},
          {"kernel", or_null(files.line("proc/sys/kernel/osrelease"))},
          {"hostname_sha1", sha1_hex(files.line("proc/sys/kernel/hostname"))}};
}

namespace {

/// Lowest and highest present frequency of the CPUs, or null.
ordered_json frequency_range(const SystemFiles& files, const std::vector<int>& cpus) {
  std::vector<std::int64_t> found_hz;
  for (const int cpu : cpus) {
    if (const auto khz = files.integer(cpufreq(cpu, "scaling_cur_freq"))) {
      found_hz.push_back(*khz * 1000);
    }
  }
  if (found_hz.empty()) return nullptr;
  const auto [low, high] = std::ranges::minmax(found_hz);
  return {{"min", low}, {"max", high}};
}

bool is_processors(const std::string& sensor) {
  constexpr std::array kNames = {"x86_pkg_temp", "coretemp", "k10temp", "zenpower",
                                 "cpu",          "soc",      "CPU"};
  return std::ranges::any_of(kNames, [&](auto name) { return sensor.starts_with(name); });
}

/// The hottest of the processor's sensors, thermal zones and hwmon, in degrees Celsius.
std::optional<double> temperature_c(const SystemFiles& files) {
  std::optional<double> hottest;
  const auto take = [&](const std::string& file) {
    if (const auto milli_c = files.integer(file)) {
      hottest = std::max(hottest.value_or(-273.15), static_cast<double>(*milli_c) / 1000);
    }
  };
  for (const std::string& zone : files.names("sys/class/thermal", "thermal_zone")) {
    const std::string folder = "sys/class/thermal/" + zone;
    if (is_processors(files.line(folder + "/type"))) take(folder + "/temp");
  }
  for (const std::string& chip : files.names("sys/class/hwmon", "hwmon")) {
    const std::string folder = "sys/class/hwmon/" + chip;
    if (!is_processors(files.line(folder + "/name"))) continue;
    for (const std::string& name : files.names(folder, "temp")) {
      if (name.ends_with("_input")) take(folder + "/" + name);
    }
  }
  return hottest;
}

std::optional<std::int64_t> throttle_count(const SystemFiles& files, const std::vector<int>& cpus) {
  std::optional<std::int64_t> total;
  for (const int cpu : cpus) {
    const std::string folder = kCpus + "cpu" + std::to_string(cpu) + "/thermal_throttle/";
    const auto count = files.integer(folder + "core_throttle_count");
    if (count) total = total.value_or(0) + *count;
  }
  return total;
}

/// Whether the mains are off; nothing where there is no power supply to ask.
std::optional<bool> on_battery(const SystemFiles& files) {
  std::optional<bool> out;
  for (const std::string& supply : files.names("sys/class/power_supply")) {
    const std::string folder = "sys/class/power_supply/" + supply;
    if (files.line(folder + "/type") == "Mains") {
      if (files.integer(folder + "/online") == 1) return false;
      out = true;
    }
    if (files.line(folder + "/status") == "Discharging" &&
        files.line(folder + "/scope") != "Device") {  // a mouse has a battery too
      out = true;
    }
  }
  return out;
}

ordered_json load_average(const SystemFiles& files) {
  double load = 0;
  if (!parse_double(split(files.line("proc/loadavg"), ' ')[0], load)) return nullptr;
  return load;
}

}  // namespace

ordered_json hardware_state(const std::filesystem::path& root) {
  const SystemFiles files(root);
  const CpuLimits limits = cpu_limits(files);
  const auto swap_bytes = memory_bytes(files, "SwapTotal");
  const auto swap_free_bytes = memory_bytes(files, "SwapFree");
  ordered_json swap_used;
  if (swap_bytes && swap_free_bytes) swap_used = *swap_bytes - *swap_free_bytes;
  return {{"load_average_1m", load_average(files)},
          {"frequency_hz", frequency_range(files, limits.allowed)},
          {"temperature_c", or_null(temperature_c(files))},
          {"throttle_count", or_null(throttle_count(files, cpu_topology(files).online))},
          {"memory_available_bytes", or_null(memory_bytes(files, "MemAvailable"))},
          {"swap_used_bytes", swap_used},
          {"on_battery", or_null(on_battery(files))}};
}

}  // namespace lts

#include "core/hardware.h"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

#include "core/digest.h"
#include "core/or_null.h"
#include "core/processor.h"
#include "core/system_files.h"
#include "core/text.h"

namespace lts {
namespace {

using nlohmann::ordered_json;

const std::string kCpus = "sys/devices/system/cpu/";

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
          {"memory_bytes", or_null(files.meminfo_bytes("MemTotal"))},
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

}  // namespace lts

#pragma once

#include <string>
#include <vector>

#include "tests/temporary_folder.h"

namespace lts::testing {

/// A /proc and /sys of a machine that is not there, in a folder: what a test hands in for "/".
class FakeMachine {
 public:
  const std::filesystem::path& root() const { return folder_.path(); }

  /// Writes one file; a newline is added.
  FakeMachine& file(const std::string& path, const std::string& content) {
    folder_.write(path, content + "\n");
    return *this;
  }

  /// CPUs 0 to n-1, each with its socket and the list of the CPUs that share its core.
  FakeMachine& cpus(const std::vector<std::pair<int, std::string>>& socket_and_siblings) {
    const auto last = std::to_string(socket_and_siblings.size() - 1);
    file(kCpus + "online", socket_and_siblings.size() == 1 ? "0" : "0-" + last);
    for (std::size_t cpu = 0; cpu < socket_and_siblings.size(); ++cpu) {
      const std::string topology = kCpus + "cpu" + std::to_string(cpu) + "/topology/";
      file(topology + "physical_package_id", std::to_string(socket_and_siblings[cpu].first));
      file(topology + "thread_siblings_list", socket_and_siblings[cpu].second);
    }
    return *this;
  }

  /// The same file for each of the first `count` CPUs.
  FakeMachine& each_cpu(std::size_t count, const std::string& name, const std::string& content) {
    for (std::size_t cpu = 0; cpu < count; ++cpu) {
      file(kCpus + "cpu" + std::to_string(cpu) + "/" + name, content);
    }
    return *this;
  }

  FakeMachine& cache(int index, int level, const std::string& type, const std::string& size) {
    const std::string at = kCpus + "cpu0/cache/index" + std::to_string(index) + "/";
    return file(at + "level", std::to_string(level))
        .file(at + "type", type)
        .file(at + "size", size);
  }

  inline static const std::string kCpus = "sys/devices/system/cpu/";

 private:
  TemporaryFolder folder_;
};

/// A laptop: Core i7-1185G7, 4 cores with SMT, on battery, powersave.
inline void make_intel_laptop(FakeMachine& machine) {
  machine.file("proc/cpuinfo",
               "processor\t: 0\nvendor_id\t: GenuineIntel\n"
               "model name\t: 11th Gen Intel(R) Core(TM) i7-1185G7 @ 3.00GHz\n"
               "microcode\t: 0xb8\ncpu MHz\t\t: 1200.000\n"
               "flags\t\t: fpu sse2 ht fma avx f16c avx2 avx512f avx512vl avx512_vnni");
  machine.cpus({{0, "0,4"},
                {0, "1,5"},
                {0, "2,6"},
                {0, "3,7"},
                {0, "0,4"},
                {0, "1,5"},
                {0, "2,6"},
                {0, "3,7"}});
  machine.cache(0, 1, "Data", "48K").cache(1, 1, "Instruction", "32K");
  machine.cache(2, 2, "Unified", "1280K").cache(3, 3, "Unified", "12288K");
  machine.each_cpu(8, "cpufreq/scaling_governor", "powersave");
  machine.each_cpu(8, "cpufreq/cpuinfo_max_freq", "4800000");
  machine.each_cpu(8, "cpufreq/scaling_cur_freq", "1200000");
  machine.file(FakeMachine::kCpus + "cpu5/cpufreq/scaling_cur_freq", "3900000");
  machine.each_cpu(8, "thermal_throttle/core_throttle_count", "3");
  machine.file(FakeMachine::kCpus + "intel_pstate/no_turbo", "0");
  machine.file(FakeMachine::kCpus + "smt/control", "on");
  machine.file("proc/meminfo",
               "MemTotal:       16282772 kB\nMemFree:  100 kB\nMemAvailable:    8000000 kB\n"
               "SwapTotal:       2097148 kB\nSwapFree:        2097148 kB");
  machine.file("proc/self/status", "Name:\tlts\nCpus_allowed_list:\t0-7");
  machine.file("proc/self/cgroup", "0::/user.slice/user-1000.slice");
  machine.file("proc/sys/kernel/arch", "x86_64");
  machine.file("proc/sys/kernel/osrelease", "6.8.0-45-generic");
  machine.file("proc/sys/kernel/hostname", "ada");
  machine.file("proc/loadavg", "0.52 0.58 0.59 1/1200 4711");
  machine.file("sys/class/dmi/id/sys_vendor", "LENOVO");
  machine.file("sys/class/dmi/id/product_name", "20XW00FPGE");
  machine.file("sys/class/thermal/thermal_zone0/type", "acpitz");
  machine.file("sys/class/thermal/thermal_zone0/temp", "99000");
  machine.file("sys/class/thermal/thermal_zone1/type", "x86_pkg_temp");
  machine.file("sys/class/thermal/thermal_zone1/temp", "61000");
  machine.file("sys/class/hwmon/hwmon3/name", "coretemp");
  machine.file("sys/class/hwmon/hwmon3/temp1_input", "63500");
  machine.file("sys/class/hwmon/hwmon3/temp1_label", "Package id 0");
  machine.file("sys/class/power_supply/AC/type", "Mains");
  machine.file("sys/class/power_supply/AC/online", "0");
  machine.file("sys/class/power_supply/BAT0/type", "Battery");
  machine.file("sys/class/power_supply/BAT0/status", "Discharging");
  machine.file("sys/devices/system/node/online", "0");
  machine.file("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never");
}

/// A server: two sockets of two cores with SMT, two NUMA nodes, performance, boost off.
inline void make_amd_server(FakeMachine& machine) {
  machine.file("proc/cpuinfo",
               "processor\t: 0\nvendor_id\t: AuthenticAMD\n"
               "model name\t: AMD EPYC 7742 64-Core Processor\nmicrocode\t: 0x830107a\n"
               "flags\t\t: fpu sse2 ht fma avx avx2");
  machine.cpus({{0, "0,4"},
                {0, "1,5"},
                {1, "2,6"},
                {1, "3,7"},
                {0, "0,4"},
                {0, "1,5"},
                {1, "2,6"},
                {1, "3,7"}});
  machine.each_cpu(8, "cpufreq/scaling_governor", "performance");
  machine.each_cpu(8, "cpufreq/cpuinfo_max_freq", "2250000");
  machine.file(FakeMachine::kCpus + "cpufreq/boost", "0");
  machine.file(FakeMachine::kCpus + "smt/control", "on");
  machine.file("proc/meminfo", "MemTotal:       528071604 kB");
  machine.file("proc/self/status", "Cpus_allowed_list:\t0-7");
  machine.file("proc/self/cgroup", "0::/");
  machine.file("proc/sys/kernel/arch", "x86_64");
  machine.file("sys/devices/system/node/online", "0-1");
  machine.file("sys/devices/system/node/node0/cpulist", "0-1,4-5");
  machine.file("sys/devices/system/node/node1/cpulist", "2-3,6-7");
  machine.file("sys/class/dmi/id/sys_vendor", "Supermicro");
  machine.file("sys/class/dmi/id/product_name", "AS -2023US-TR4");
}

/// A Raspberry Pi 4: four Cortex-A72, no DMI, a device tree.
inline void make_pi(FakeMachine& machine) {
  const std::string core =
      "BogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm crc32 cpuid\n"
      "CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd08\n";
  machine.file("proc/cpuinfo",
               "processor\t: 0\n" + core + "\nprocessor\t: 1\n" + core +
                   "\nRevision\t: c03114\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4");
  machine.file("proc/device-tree/model", std::string("Raspberry Pi 4 Model B Rev 1.4\0", 31));
  machine.cpus({{0, "0"}, {0, "1"}, {0, "2"}, {0, "3"}});
  machine.each_cpu(4, "cpufreq/scaling_governor", "ondemand");
  machine.each_cpu(4, "cpufreq/cpuinfo_max_freq", "1800000");
  machine.each_cpu(4, "cpu_capacity", "1024");
  machine.file("proc/meminfo", "MemTotal:        3884360 kB");
  machine.file("proc/self/status", "Cpus_allowed_list:\t0-3");
  machine.file("proc/sys/kernel/arch", "aarch64");
  machine.file("sys/class/thermal/thermal_zone0/type", "cpu-thermal");
  machine.file("sys/class/thermal/thermal_zone0/temp", "48199");
}

/// A virtual machine under QEMU/KVM with a container's quota of one and a half CPUs of two.
inline void make_vm(FakeMachine& machine) {
  machine.file("proc/cpuinfo",
               "processor\t: 0\nmodel name\t: Intel Xeon Processor (Icelake)\n"
               "flags\t\t: fpu fma avx avx2 hypervisor avx512f");
  machine.cpus({{0, "0"}, {1, "1"}});
  machine.file("proc/meminfo", "MemTotal:        4030612 kB");
  machine.file("proc/self/status", "Cpus_allowed_list:\t0-3");
  machine.file("proc/self/cgroup", "0::/system.slice/docker.scope");
  machine.file("sys/fs/cgroup/system.slice/cpu.max", "max 100000");
  machine.file("sys/fs/cgroup/system.slice/docker.scope/cpu.max", "150000 100000");
  machine.file("proc/sys/kernel/arch", "x86_64");
  machine.file("sys/class/dmi/id/sys_vendor", "QEMU");
  machine.file("sys/class/dmi/id/product_name", "Standard PC (Q35 + ICH9, 2009)");
}

}  // namespace lts::testing

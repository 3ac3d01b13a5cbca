#include "core/hardware.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "core/digest.h"
#include "core/log.h"
#include "core/processor.h"
#include "tests/fakes/fake_machine.h"

namespace lts {
namespace {

using nlohmann::ordered_json;
using ::testing::ElementsAre;
using testing::FakeMachine;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ordered_json parsed(const char* text) { return ordered_json::parse(text); }

TEST(HardwareFingerprint, OfThisMachineHasEveryKeyAndHidesTheHostsName) {
  const auto fingerprint = hardware_fingerprint();
  for (const char* key : {"cpu_model",        "machine",
                          "sockets",          "cores",
                          "threads_per_core", "smt",
                          "num_cpus",         "isa",
                          "caches",           "microcode",
                          "core_kinds",       "memory_bytes",
                          "numa_nodes",       "transparent_hugepages",
                          "governor",         "turbo",
                          "hypervisor",       "cpu_quota",
                          "cpus_allowed",     "architecture",
                          "kernel",           "hostname_sha1"}) {
    EXPECT_TRUE(fingerprint.contains(key)) << key;
  }
  EXPECT_EQ(fingerprint["num_cpus"], ::sysconf(_SC_NPROCESSORS_ONLN));
  EXPECT_GT(fingerprint["memory_bytes"], 1 << 20);
  char name[256] = {};
  ASSERT_EQ(::gethostname(name, sizeof name - 1), 0);
  EXPECT_EQ(fingerprint["hostname_sha1"], sha1_hex(name));
}

TEST(HardwareFingerprint, IsTheSameTwice) {
  EXPECT_EQ(hardware_fingerprint(), hardware_fingerprint());
}

TEST(HardwareFingerprint, OfALaptop) {
  FakeMachine laptop;
  make_intel_laptop(laptop);
  EXPECT_EQ(hardware_fingerprint(laptop.root()), parsed(R"({
    "cpu_model": "11th Gen Intel(R) Core(TM) i7-1185G7 @ 3.00GHz",
    "machine": "LENOVO 20XW00FPGE",
    "sockets": 1, "cores": 4, "threads_per_core": 2, "smt": "on", "num_cpus": 8,
    "isa": ["fma", "avx", "avx2", "avx512f", "avx512vl", "avx512_vnni"],
    "caches": {"L1d": "48K", "L1i": "32K", "L2": "1280K", "L3": "12288K"},
    "microcode": "0xb8",
    "core_kinds": [{"count": 8, "max_frequency_hz": 4800000000}],
    "memory_bytes": 16673558528,
    "numa_nodes": 1,
    "transparent_hugepages": "madvise",
    "governor": "powersave", "turbo": true,
    "hypervisor": null, "cpu_quota": null, "cpus_allowed": 8,
    "architecture": "x86_64", "kernel": "6.8.0-45-generic",
    "hostname_sha1": "e4ea294c062c525643df036a35ca579b905fa400"})"));
}

TEST(HardwareFingerprint, OfAServerWithTwoSockets) {
  FakeMachine server;
  make_amd_server(server);
  const auto fingerprint = hardware_fingerprint(server.root());
  EXPECT_EQ(fingerprint["sockets"], 2);
  EXPECT_EQ(fingerprint["cores"], 4);
  EXPECT_EQ(fingerprint["threads_per_core"], 2);
  EXPECT_EQ(fingerprint["numa_nodes"], 2);
  EXPECT_EQ(fingerprint["governor"], "performance");
  EXPECT_EQ(fingerprint["turbo"], false);
  EXPECT_EQ(fingerprint["hypervisor"], nullptr);
}

TEST(HardwareFingerprint, OfARaspberryPi) {
  FakeMachine pi;
  make_pi(pi);
  const auto fingerprint = hardware_fingerprint(pi.root());
  EXPECT_EQ(fingerprint["cpu_model"], "Cortex-A72");
  EXPECT_EQ(fingerprint["machine"], "Raspberry Pi 4 Model B Rev 1.4");
  EXPECT_EQ(fingerprint["isa"], parsed(R"(["asimd"])"));
  EXPECT_EQ(fingerprint["threads_per_core"], 1);
  EXPECT_EQ(fingerprint["core_kinds"],
            parsed(R"([{"count": 4, "max_frequency_hz": 1800000000, "capacity": 1024}])"));
  EXPECT_EQ(fingerprint["turbo"], nullptr);
  EXPECT_EQ(fingerprint["architecture"], "aarch64");
}

TEST(HardwareFingerprint, NamesEveryKindOfCoreOfABigLittle) {
  FakeMachine board;
  board.file("proc/cpuinfo",
             "processor\t: 0\nFeatures\t: fp asimd asimdhp asimddp fphp\n"
             "CPU implementer\t: 0x41\nCPU part\t: 0xd05\n\n"
             "processor\t: 1\nCPU implementer\t: 0x41\nCPU part\t: 0xd0b\n\n"
             "processor\t: 2\nCPU implementer\t: 0x48\nCPU part\t: 0xd01");
  board.cpus({{0, "0"}, {0, "1"}, {0, "2"}});
  board.file(FakeMachine::kCpus + "cpu0/cpu_capacity", "414");
  board.file(FakeMachine::kCpus + "cpu1/cpu_capacity", "1024");
  board.file("proc/self/status", "Cpus_allowed_list:\t0-1");
  const auto fingerprint = hardware_fingerprint(board.root());
  EXPECT_EQ(fingerprint["cpu_model"], "Cortex-A55 + Cortex-A76 + implementer 0x48 part 0xd01");
  EXPECT_EQ(fingerprint["isa"], parsed(R"(["asimd", "asimdhp", "asimddp", "fphp"])"));
  EXPECT_EQ(fingerprint["core_kinds"],
            parsed(R"([{"count": 1, "capacity": 1024}, {"count": 1, "capacity": 414}])"));
}

TEST(HardwareFingerprint, OfAVirtualMachineInAContainer) {
  FakeMachine vm;
  make_vm(vm);
  const auto fingerprint = hardware_fingerprint(vm.root());
  EXPECT_EQ(fingerprint["hypervisor"], "kvm");
  EXPECT_EQ(fingerprint["cpu_quota"], 1.5);
  EXPECT_EQ(fingerprint["cpus_allowed"], 2) << "0-3 are allowed, 0-1 are switched on";
  EXPECT_EQ(cpu_limits(SystemFiles(vm.root())).usable(), 1.5);
  vm.file("sys/class/dmi/id/sys_vendor", "Nobody").file("sys/class/dmi/id/product_name", "Knows");
  EXPECT_EQ(hardware_fingerprint(vm.root())["hypervisor"], "unknown");
}

TEST(HardwareFingerprint, OfAMicrosoftLaptopIsNoVirtualMachine) {
  FakeMachine laptop;
  make_intel_laptop(laptop);
  laptop.file("sys/class/dmi/id/sys_vendor", "Microsoft Corporation");
  EXPECT_EQ(hardware_fingerprint(laptop.root())["hypervisor"], nullptr);
}

TEST(HardwareFingerprint, OfASystemThatTellsNothingIsNull) {
  const FakeMachine empty;
  const auto fingerprint = hardware_fingerprint(empty.root());
  for (const char* key :
       {"cpu_model", "machine", "smt", "microcode", "memory_bytes", "numa_nodes",
        "transparent_hugepages", "governor", "turbo", "hypervisor", "cpu_quota", "kernel"}) {
    EXPECT_EQ(fingerprint[key], nullptr) << key;
  }
  EXPECT_GE(fingerprint["num_cpus"], 1);
  const auto state = hardware_state(empty.root());
  for (const auto& [key, value] : state.items()) EXPECT_EQ(value, nullptr) << key;
}

TEST(HardwareFingerprint, KeepsWhatChangesOut) {
  FakeMachine laptop;
  make_intel_laptop(laptop);
  const auto before = hardware_fingerprint(laptop.root());
  const auto state = hardware_state(laptop.root());
  laptop.each_cpu(8, "cpufreq/scaling_cur_freq", "800000");
  laptop.each_cpu(8, "thermal_throttle/core_throttle_count", "9");
  laptop.file("proc/loadavg", "7.00 1 1 1/1 1");
  laptop.file("sys/class/power_supply/AC/online", "1");
  EXPECT_EQ(hardware_fingerprint(laptop.root()), before);
  EXPECT_NE(hardware_state(laptop.root()), state);
  laptop.file(FakeMachine::kCpus + "intel_pstate/no_turbo", "1");
  EXPECT_NE(hardware_fingerprint(laptop.root()), before) << "a setting is part of the hardware";
}

TEST(HardwareState, OfALaptop) {
  FakeMachine laptop;
  make_intel_laptop(laptop);
  EXPECT_EQ(hardware_state(laptop.root()), parsed(R"({
    "load_average_1m": 0.52, "frequency_hz": {"min": 1200000000, "max": 3900000000},
    "temperature_c": 63.5, "throttle_count": 24, "memory_available_bytes": 8192000000,
    "swap_used_bytes": 0, "on_battery": true})"));
  laptop.file("sys/class/power_supply/AC/online", "1");
  EXPECT_EQ(hardware_state(laptop.root())["on_battery"], false);
}

TEST(HardwareState, AMousesBatteryIsNotTheMachines) {
  FakeMachine desktop;
  const std::string mouse = "sys/class/power_supply/hidpp_battery_0/";
  desktop.file(mouse + "type", "Battery").file(mouse + "status", "Discharging");
  desktop.file(mouse + "scope", "Device");
  EXPECT_EQ(hardware_state(desktop.root())["on_battery"], nullptr);
}

TEST(CpuQuota, IsTheTightestOfAGroupAndItsParents) {
  FakeMachine machine;
  machine.cpus({{0, "0"}, {0, "1"}, {0, "2"}, {0, "3"}});
  machine.file("proc/self/cgroup", "0::/a/b");
  machine.file("sys/fs/cgroup/a/cpu.max", "50000 100000");
  machine.file("sys/fs/cgroup/a/b/cpu.max", "300000 100000");
  EXPECT_EQ(cpu_limits(SystemFiles(machine.root())).quota, 0.5);
}

TEST(CpuQuota, OfVersionOneOfControlGroups) {
  FakeMachine machine;
  machine.cpus({{0, "0"}, {0, "1"}, {0, "2"}, {0, "3"}});
  machine.file("proc/self/cgroup", "4:cpuset:/x\n3:cpu,cpuacct:/docker/1f\n0::/");
  // A container sees its own group as the root of the folder, whatever its path is outside.
  machine.file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "200000");
  machine.file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000");
  EXPECT_EQ(cpu_limits(SystemFiles(machine.root())).quota, 2.0);
  machine.file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1");
  EXPECT_EQ(cpu_limits(SystemFiles(machine.root())).quota, std::nullopt);
}

TEST(CpuList, ReadsRangesAndRefusesTheRest) {
  EXPECT_THAT(parse_cpu_list("0-3,8\n"), ElementsAre(0, 1, 2, 3, 8));
  EXPECT_THAT(parse_cpu_list("5"), ElementsAre(5));
  for (const char* text : {"", "x", "3-1", "-1", "0-", "0-4000000000", "1,,2"}) {
    EXPECT_THAT(parse_cpu_list(text), IsEmpty()) << text;
  }
}

TEST(Log, WritesToStandardErrorFromAnyThread) {
  ::testing::internal::CaptureStderr();
  log::info("100 % {done}");  // the text is no format string
  std::thread([] { log::warning("slow"); }).join();
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(written, HasSubstr("info"));
  EXPECT_THAT(written, HasSubstr(" 100 % {done}\n"));
  EXPECT_THAT(written, HasSubstr("warning"));
  EXPECT_THAT(written, HasSubstr(" slow\n"));
}

}  // namespace
}  // namespace lts

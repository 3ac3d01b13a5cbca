#include "predictor/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <map>

#include "core/interrupt.h"
#include "predictor/machine_checks.h"
#include "tests/child_process.h"
#include "tests/expect_error.h"
#include "tests/fakes/fake_machine.h"

namespace lts::predictor {
namespace {

using nlohmann::ordered_json;
using testing::FakeMachine;
using ::testing::HasSubstr;
using Status = Check::Status;
using Found = std::map<std::string, Check>;

Found by_name(const std::vector<Check>& checks) {
  Found out;
  for (const Check& check : checks) {
    EXPECT_TRUE(out.emplace(check.name, check).second) << check.name << " stands twice";
    EXPECT_EQ(check.advice.empty(), check.status == Status::kOk) << check.name;
    EXPECT_FALSE(check.found.empty()) << check.name;
  }
  return out;
}

void expect(const Found& found, const std::string& name, Status status, const std::string& text,
            const std::string& advice = "") {
  ASSERT_TRUE(found.contains(name)) << name;
  EXPECT_EQ(status_name(found.at(name).status), status_name(status)) << name;
  EXPECT_THAT(found.at(name).found, HasSubstr(text)) << name;
  EXPECT_THAT(found.at(name).advice, HasSubstr(advice)) << name;
}

HardwareConfig on_threads(int threads) {
  HardwareConfig config;
  config.threads = threads;
  return config;
}

TEST(SettingChecks, OfALaptopOnBattery) {
  FakeMachine laptop;
  make_intel_laptop(laptop);
  laptop.file("sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet");
  const Found found = by_name(setting_checks(on_threads(8), laptop.root()));
  expect(found, "threads", Status::kOk, "8 of 8 CPUs");
  expect(found, "governor", Status::kWarn, "powersave", "cpupower frequency-set -g performance");
  expect(found, "turbo", Status::kWarn, "on", "no_turbo");
  expect(found, "smt", Status::kWarn, "4 cores, 2 threads a core", "`threads` of at most 4");
  expect(found, "numa", Status::kOk, "CPUs of 1 of 1 nodes");
  expect(found, "virtualisation", Status::kOk, "none");
  expect(found, "power", Status::kWarn, "on battery", "plug the machine in");
  expect(found, "clock_source", Status::kWarn, "hpet", "dmesg");
}

TEST(SettingChecks, OfAServerBoundToOneSocketOrNot) {
  FakeMachine server;
  make_amd_server(server);
  Found found = by_name(setting_checks(on_threads(4), server.root()));
  expect(found, "governor", Status::kOk, "performance");
  expect(found, "turbo", Status::kOk, "off");
  expect(found, "smt", Status::kOk, "4 cores, 2 threads a core");
  expect(found, "numa", Status::kWarn, "CPUs of 2 of 2 nodes", "numactl --cpunodebind=0");
  expect(found, "power", Status::kOk, "no battery");
  server.file("proc/self/status", "Cpus_allowed_list:\t0-1,4-5");
  found = by_name(setting_checks(on_threads(5), server.root()));
  expect(found, "numa", Status::kOk, "CPUs of 1 of 2 nodes");
  expect(found, "threads", Status::kFail, "5 of 4 CPUs", "lower `threads`");
}

TEST(SettingChecks, OfAVirtualMachineWithAQuota) {
  FakeMachine vm;
  make_vm(vm);
  Found found = by_name(setting_checks(on_threads(1), vm.root()));
  expect(found, "threads", Status::kOk, "1 of 2 CPUs, a quota of 1.5 CPUs");
  expect(found, "virtualisation", Status::kWarn, "hypervisor kvm", "one run");
  expect(found, "governor", Status::kOk, "not told");
  found = by_name(setting_checks(on_threads(2), vm.root()));
  expect(found, "threads", Status::kFail, "2 of 2 CPUs, a quota of 1.5 CPUs", "quota");
}

/// Two CPUs' worth of machine, watched for one second idle and four under the sentinel.
struct Watching {
  FakeMachine machine;
  Observation seen;

  Watching() {
    make_vm(machine);
    machine.file("sys/fs/cgroup/system.slice/docker.scope/cpu.max", "max 100000");
    seen.idle_s = 1;
    seen.noise_s = 4;
    seen.before.waited_s = seen.idle.waited_s = seen.after.waited_s = 0;
    const ordered_json state = {
        {"throttle_count", 5}, {"temperature_c", 60.0}, {"memory_available_bytes", 2'000'000'000}};
    seen.state_before = seen.state_after = state;
  }
  Found found(int threads = 1) const {
    return by_name(activity_checks(on_threads(threads), seen, machine.root()));
  }
};

TEST(ActivityChecks, OfAQuietMachineAreAllOk) {
  for (const auto& [name, check] : Watching().found()) {
    EXPECT_EQ(check.status, Status::kOk) << name << ": " << check.found;
  }
}

TEST(ActivityChecks, NameTheWorkOfOthers) {
  Watching quiet;
  quiet.seen.idle.busy_s = 0.6;
  quiet.seen.idle.own_s = 0.1;
  quiet.seen.before.processes = {{.id = 7, .name = "cc1plus", .cpu_s = 1}};
  quiet.seen.idle.processes = {{.id = 7, .name = "cc1plus", .cpu_s = 1.4},
                               {.id = 9, .name = "firefox", .cpu_s = 0.1}};
  expect(quiet.found(), "load", Status::kWarn,
         "0.5 CPUs are busy with other work: cc1plus (7) 0.4, firefox (9) 0.1", "stop that work");
  expect(quiet.found(2), "load", Status::kFail, "0.5 CPUs");
  quiet.seen.idle.busy_s = 0.14;
  expect(quiet.found(2), "load", Status::kOk, "0.04 CPUs are busy with other work");
}

TEST(ActivityChecks, StolenTime) {
  Watching machine;
  machine.seen.after.stolen_s = 0.2;  // of 5 s on 2 CPUs
  expect(machine.found(), "steal", Status::kWarn, "2 % of the time", "dedicated CPUs");
  machine.seen.after.stolen_s = 2;
  expect(machine.found(), "steal", Status::kFail, "20 % of the time");
}

TEST(ActivityChecks, WaitingOnTheRunQueue) {
  Watching machine;
  machine.seen.idle.waited_s = 3;
  machine.seen.after.waited_s = 3.2;
  expect(machine.found(), "waiting", Status::kWarn, "waited for a CPU 5 % of the time", "taskset");
  machine.seen.after.waited_s = 5;
  expect(machine.found(), "waiting", Status::kFail, "50 %");
  machine.seen.after.waited_s.reset();
  expect(machine.found(), "waiting", Status::kOk, "not told");
}

TEST(ActivityChecks, MemoryThatIsLowOrSwapped) {
  Watching machine;
  machine.seen.state_after["memory_available_bytes"] = 300'000'000;
  expect(machine.found(), "memory", Status::kWarn, "286.1 MiB of 3.84 GiB available",
         "free memory");
  machine.seen.before.swapped_pages = 10;
  machine.seen.after.swapped_pages = 17;
  expect(machine.found(), "memory", Status::kFail, "7 pages were swapped", "swapoff");
}

TEST(ActivityChecks, FrequencyAndHeat) {
  Watching machine;
  machine.seen.frequencies_hz = {3.0e9, 2.9e9, 2.95e9};
  expect(machine.found(), "frequency", Status::kOk, "2.9 to 3 GHz under load");
  machine.seen.frequencies_hz.push_back(2.0e9);
  expect(machine.found(), "frequency", Status::kWarn, "2 to 3 GHz", "turbo off");
  machine.seen.state_after["temperature_c"] = 95.0;
  expect(machine.found(), "thermal", Status::kWarn, "95 degrees Celsius", "cool the machine");
  machine.seen.state_after["throttle_count"] = 7;
  expect(machine.found(), "thermal", Status::kFail, "throttled 2 times meanwhile");
  machine.seen.state_after["temperature_c"] = nullptr;
  machine.seen.state_after["throttle_count"] = nullptr;
  expect(machine.found(), "thermal", Status::kOk, "not told");
}

TEST(GpuChecks, PersistenceOthersAndThrottling) {
  ordered_json fingerprint = {{"persistence_mode", true}};
  ordered_json state = {{"num_compute_processes", 1}, {"throttle_reasons", ordered_json::array()}};
  for (const auto& [name, check] : by_name(gpu_checks(fingerprint, state))) {
    EXPECT_EQ(check.status, Status::kOk) << name;
  }
  fingerprint["persistence_mode"] = false;
  state["num_compute_processes"] = 3;
  state["throttle_reasons"] = {"hw_thermal_slowdown", "sw_power_cap"};
  const Found found = by_name(gpu_checks(fingerprint, state));
  expect(found, "gpu_persistence", Status::kWarn, "off", "nvidia-smi -pm 1");
  expect(found, "gpu_load", Status::kFail, "2 other processes compute on it", "nvidia-smi");
  expect(found, "gpu_throttling", Status::kFail, "hw_thermal_slowdown, sw_power_cap", "-lgc");
  EXPECT_TRUE(gpu_checks(nullptr, nullptr).empty());
}

/// A patient in a fake machine whose sentinel takes `run_s(block)` seconds.
struct FakePatient {
  FakeMachine machine;
  double now_s = 0;
  int calls = 0, samples = 0;
  double jitter = 1e-9;  ///< of a clock that hardly gives the same time twice
  std::function<double(int)> run_s = [](int) { return 0.25; };
  std::function<void()> slept = [] {};
  Patient patient;

  FakePatient() {
    make_amd_server(machine);
    machine.file("proc/self/status", "Cpus_allowed_list:\t0-1");
    patient.root = machine.root();
    patient.now_s = [this] { return now_s; };
    patient.sleep_s = [this](double seconds) {
      now_s += seconds;
      slept();
    };
    patient.time_runs = [this](int runs) {
      const double one_s = run_s(calls++);
      now_s += runs * one_s;
      std::vector<double> out;
      while (std::ssize(out) < runs) out.push_back(one_s * (1 + jitter * samples++));
      return out;
    };
  }
  DoctorReport report() { return examine(HardwareConfig{}, patient, 5); }
};

/// A quarter of a second, half of `spread` more, and all of it more, in turn.
std::function<double(int)> uneven(double spread) {
  return [spread](int call) { return 0.25 * (1 + spread * (call % 3) / 2); };
}

TEST(Doctor, AStillMachineIsFit) {
  FakePatient fake;
  const DoctorReport report = fake.report();
  EXPECT_EQ(report.verdict, "fit");
  EXPECT_NEAR(report.noise.noise_percent, 0, 1e-5);
  const Found found = by_name(report.checks);
  for (const char* name :
       {"threads", "governor", "turbo", "smt", "numa", "virtualisation", "power", "clock_source",
        "load", "steal", "waiting", "memory", "frequency", "thermal", "clock", "noise", "drift"}) {
    EXPECT_TRUE(found.contains(name)) << name;
  }
}

TEST(Doctor, ANoisyMachineIsUsableWithCareAndAVeryNoisyOneIsNot) {
  FakePatient fake;
  fake.run_s = uneven(0.1);  // 5 % to each side of the median
  DoctorReport report = fake.report();
  EXPECT_EQ(report.verdict, "usable with care");
  EXPECT_NEAR(report.noise.noise_percent, 100 * 0.05 / 1.05, 1e-5);
  expect(by_name(report.checks), "noise", Status::kWarn,
         "4.8 % from block to block, 2 % asked for");
  fake.run_s = uneven(0.5);
  report = fake.report();
  EXPECT_EQ(report.verdict, "unfit");
  expect(by_name(report.checks), "noise", Status::kFail, "20 %");
}

TEST(Doctor, AMachineThatSlowsDownDrifts) {
  FakePatient fake;
  fake.run_s = [](int call) { return call < 13 ? 0.25 : 0.27; };
  const DoctorReport report = fake.report();
  EXPECT_NEAR(report.noise.drift_percent, 8, 1e-5);
  EXPECT_EQ(report.verdict, "usable with care");
  expect(by_name(report.checks), "drift", Status::kWarn, "8 % from the first half", "warm up");
}

TEST(Doctor, AsksForWhatTheHardwareFileAsksFor) {
  FakePatient fake;
  fake.run_s = uneven(0.02);
  HardwareConfig config;
  EXPECT_EQ(examine(config, fake.patient, 5).verdict, "fit");
  config.stop.relative_ci = 0.005;
  EXPECT_EQ(examine(config, fake.patient, 5).verdict, "usable with care");
}

TEST(Doctor, WhatFailsWhileItWatchesMakesItUnfit) {
  FakePatient fake;
  fake.machine.file("proc/vmstat", "pswpin 0\npswpout 0");
  fake.slept = [&] { fake.machine.file("proc/vmstat", "pswpin 4\npswpout 0"); };
  const DoctorReport report = fake.report();
  expect(by_name(report.checks), "memory", Status::kFail, "4 pages were swapped meanwhile");
  EXPECT_EQ(report.verdict, "unfit");
}

TEST(Doctor, CountsTheLoadOverTheTimeThatPassed) {
  FakePatient fake;
  fake.machine.file("proc/stat", "cpu0 0 0 0 0 0 0 0 0 0 0");
  fake.slept = [&] {
    fake.now_s += 3;  // it slept four seconds instead of one
    const auto ticks = std::to_string(2 * sysconf(_SC_CLK_TCK));
    fake.machine.file("proc/stat", "cpu0 " + ticks + " 0 0 0 0 0 0 0 0 0");
  };
  expect(by_name(fake.report().checks), "load", Status::kWarn, "0.5 CPUs are busy", "stop");
}

TEST(Doctor, ACoarseClockShows) {
  FakePatient fake;
  fake.jitter = 0;
  fake.run_s = [](int call) { return call % 2 ? 0.25 : 0.251; };
  expect(by_name(fake.report().checks), "clock", Status::kWarn,
         "runs of 250 ms, a clock of 1 ms steps", "finer clock");
  fake.run_s = [](int call) { return call % 2 ? 0.25 : 0.26; };
  EXPECT_EQ(fake.report().verdict, "unfit");
}

TEST(Doctor, OfADeviceElsewhereLooksAtNothingHere) {
  FakePatient fake;
  fake.patient.local = false;
  fake.patient.root = "/nowhere";
  const Found found = by_name(fake.report().checks);
  EXPECT_EQ(found.size(), 3U);
  for (const char* name : {"clock", "noise", "drift"}) EXPECT_TRUE(found.contains(name)) << name;
}

TEST(Doctor, JsonHasTheKeysOfTheContract) {
  FakePatient fake;
  const ordered_json json = doctor_json(fake.report());
  EXPECT_EQ(json.begin().key(), "checks");
  EXPECT_NEAR(json["noise_percent"], 0, 1e-5);
  EXPECT_NEAR(json["drift_percent"], 0, 1e-5);
  EXPECT_EQ(json["verdict"], "fit");
  EXPECT_NEAR(json["sentinel"]["median_s"], 0.25, 1e-6);
  for (const ordered_json& check : json["checks"]) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : check.items()) {
      keys.push_back(key);
      EXPECT_TRUE(value.is_string());
    }
    EXPECT_THAT(keys, ::testing::ElementsAre("name", "status", "found", "advice"));
  }
}

TEST(Doctor, StopsOnASignal) {
  testing::ChildProcess child([] {
    install_interrupt_handler();
    FakePatient fake;
    fake.slept = [] { ::raise(SIGTERM); };
    const std::string message = testing::error_message([&] { fake.report(); }, ErrorKind::kStopped);
    if (message != "stopped by a signal: nothing was changed") throw std::exception();
  });
  child.expect_success();
}

}  // namespace
}  // namespace lts::predictor

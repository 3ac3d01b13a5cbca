#include "predictor/machine_checks.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/hardware.h"
#include "core/processor.h"
#include "core/system_files.h"
#include "core/text.h"

namespace lts::predictor {
namespace {

using nlohmann::ordered_json;
using Status = Check::Status;

// Shares of time from which on something is said, and from which on a measurement is spoilt.
constexpr double kNoticeable = 0.01, kSpoiling = 0.1;
constexpr double kIdleLoad = 0.05;         // CPUs' worth that any system does
constexpr double kSteadyFrequency = 0.05;  // of the highest
constexpr double kHot_c = 90;
constexpr double kLowMemory = 0.1;  // of all

Status by_share(double share) {
  if (share > kSpoiling) return Status::kFail;
  return share > kNoticeable ? Status::kWarn : Status::kOk;
}

std::string text_or(const ordered_json& value, const char* fallback) {
  return value.is_string() ? value.get<std::string>() : fallback;
}

/// A finding with advice only where something is wrong.
Check check(std::string name, Status status, std::string found, std::string advice) {
  return {std::move(name), status, std::move(found),
          status == Status::kOk ? "" : std::move(advice)};
}

Check threads_check(const HardwareConfig& config, const CpuLimits& limits) {
  const auto wanted = std::to_string(config.threads);
  std::string found = wanted + " of " + std::to_string(limits.allowed.size()) + " CPUs";
  if (limits.quota) found += ", a quota of " + short_number(*limits.quota, 3) + " CPUs";
  return check("threads", config.threads > limits.usable() ? Status::kFail : Status::kOk, found,
               "lower `threads` of the hardware file, or raise the container's quota or CPU set");
}

Check governor_check(const ordered_json& hardware) {
  const std::string governor = text_or(hardware["governor"], "");
  if (governor.empty()) return {"governor", Status::kOk, "not told by this system"};
  return check("governor", governor == "performance" ? Status::kOk : Status::kWarn, governor,
               "sudo cpupower frequency-set -g performance");
}

Check turbo_check(const ordered_json& hardware) {
  if (!hardware["turbo"].is_boolean()) return {"turbo", Status::kOk, "not told by this system"};
  const bool on = hardware["turbo"];
  return check("turbo", on ? Status::kWarn : Status::kOk, on ? "on" : "off",
               "the clock depends on heat and on how many cores work; to fix it write 1 to "
               "/sys/devices/system/cpu/intel_pstate/no_turbo or 0 to .../cpufreq/boost");
}

Check smt_check(const HardwareConfig& config, const ordered_json& hardware) {
  const int threads_per_core = hardware["threads_per_core"], cores = hardware["cores"];
  const std::string found =
      std::to_string(cores) + " cores, " + std::to_string(threads_per_core) + " threads a core";
  const bool shared = threads_per_core > 1 && config.threads > cores;
  return check("smt", shared ? Status::kWarn : Status::kOk, found,
               "two threads of the measurement share a core: take `threads` of at most " +
                   std::to_string(cores));
}

Check numa_check(const SystemFiles& files, const CpuLimits& limits) {
  int spanned = 0;
  const std::string folder = "sys/devices/system/node/";
  const auto nodes = files.names(folder, "node");
  for (const std::string& node : nodes) {
    const auto cpus = parse_cpu_list(files.line(folder + node + "/cpulist"));
    spanned += std::ranges::any_of(
        cpus, [&](int cpu) { return std::ranges::binary_search(limits.allowed, cpu); });
  }
  return check(
      "numa", spanned > 1 ? Status::kWarn : Status::kOk,
      "CPUs of " + std::to_string(std::max(1, spanned)) + " of " +
          std::to_string(std::max<std::size_t>(1, nodes.size())) + " nodes",
      "memory may lie beside the other socket: numactl --cpunodebind=0 --membind=0 lts ...");
}

Check virtualisation_check(const ordered_json& hardware) {
  const bool is_virtual = !hardware["hypervisor"].is_null();
  const std::string name = text_or(hardware["hypervisor"], "none");
  return check("virtualisation", is_virtual ? Status::kWarn : Status::kOk,
               is_virtual ? "hypervisor " + name : "none",
               "neighbours are out of sight and the machine drifts: compare only what was measured "
               "in one run, and use a careful stop rule for tables");
}

Check power_check(const std::filesystem::path& root) {
  const ordered_json on_battery = hardware_state(root)["on_battery"];
  if (on_battery.is_null()) return {"power", Status::kOk, "no battery"};
  return check("power", on_battery == true ? Status::kWarn : Status::kOk,
               on_battery == true ? "on battery" : "mains", "plug the machine in");
}

Check clock_source_check(const SystemFiles& files) {
  constexpr std::array kSlow = {"hpet", "acpi_pm", "jiffies", "refined-jiffies"};
  const std::string source =
      files.line("sys/devices/system/clocksource/clocksource0/current_clocksource");
  if (source.empty()) return {"clock_source", Status::kOk, "not told by this system"};
  const bool slow = std::ranges::find(kSlow, source) != kSlow.end();
  return check("clock_source", slow ? Status::kWarn : Status::kOk, source,
               "the kernel distrusts the processor's clock (dmesg | grep -i tsc); reading this one "
               "takes a microsecond");
}

Check load_check(const HardwareConfig& config, const Observation& seen, double usable_cpus) {
  const double ours_s = seen.idle.own_s - seen.before.own_s;
  const double others = std::max(0.0, seen.idle.busy_s - seen.before.busy_s - ours_s) / seen.idle_s;
  std::string found = short_number(others, 2) + " CPUs are busy with other work";
  if (others > kIdleLoad) {
    std::string names;
    for (const auto& process : busiest(seen.before, seen.idle, 3)) {
      names += (names.empty() ? ": " : ", ") + process.name + " (" + std::to_string(process.id) +
               ") " + short_number(process.cpu_s / seen.idle_s, 2);
    }
    found += names;
  }
  const bool too_few = usable_cpus - others < config.threads - 0.2;
  const Status status = others <= kIdleLoad ? Status::kOk : too_few ? Status::kFail : Status::kWarn;
  return check("load", status, found, "stop that work, or measure when it is done");
}

Check steal_check(const Observation& seen, std::size_t num_cpus) {
  const double share = (seen.after.stolen_s - seen.before.stolen_s) /
                       ((seen.idle_s + seen.noise_s) * static_cast<double>(num_cpus));
  return check("steal", by_share(share),
               human_percent(share) + " of the time went to other machines",
               "the host is crowded: use dedicated CPUs, or measure at another hour");
}

Check waiting_check(const Observation& seen) {
  if (!seen.after.waited_s || !seen.idle.waited_s) {
    return {"waiting", Status::kOk, "not told by this system"};
  }
  const double share = (*seen.after.waited_s - *seen.idle.waited_s) / seen.noise_s;
  return check("waiting", by_share(share),
               "the sentinel waited for a CPU " + human_percent(share) + " of the time",
               "other work wants the same CPUs: stop it, or pin lts to CPUs of its own (taskset)");
}

Check memory_check(const ordered_json& hardware, const Observation& seen) {
  if (seen.after.swapped_pages > seen.before.swapped_pages) {
    return {"memory", Status::kFail,
            std::to_string(seen.after.swapped_pages - seen.before.swapped_pages) +
                " pages were swapped meanwhile",
            "free memory, or switch swap off (sudo swapoff -a)"};
  }
  const ordered_json& available = seen.state_after["memory_available_bytes"];
  if (available.is_null() || hardware["memory_bytes"].is_null()) {
    return {"memory", Status::kOk, "not told by this system"};
  }
  const double total_bytes = hardware["memory_bytes"];
  const bool low = available.get<double>() < kLowMemory * total_bytes;
  return check(
      "memory", low ? Status::kWarn : Status::kOk,
      human_bytes(available.get<double>()) + " of " + human_bytes(total_bytes) + " available",
      "larger candidates may swap or fail: free memory");
}

Check frequency_check(const Observation& seen) {
  if (seen.frequencies_hz.empty()) return {"frequency", Status::kOk, "not told by this system"};
  const auto [low, high] = std::ranges::minmax(seen.frequencies_hz);
  const bool steady = high - low <= kSteadyFrequency * high;
  return check(
      "frequency", steady ? Status::kOk : Status::kWarn,
      short_number(low / 1e9, 3) + " to " + short_number(high / 1e9, 3) + " GHz under load",
      "fix it: governor performance, turbo off");
}

Check thermal_check(const Observation& seen) {
  const auto count = [](const ordered_json& state) {
    return state["throttle_count"].is_null() ? 0 : state["throttle_count"].get<std::int64_t>();
  };
  const std::int64_t throttled = count(seen.state_after) - count(seen.state_before);
  const ordered_json& temperature_c = seen.state_after["temperature_c"];
  const bool hot = !temperature_c.is_null() && temperature_c.get<double>() >= kHot_c;
  std::string found = temperature_c.is_null()
                          ? "temperature not told by this system"
                          : short_number(temperature_c.get<double>(), 3) + " degrees Celsius";
  if (throttled > 0) found += ", throttled " + std::to_string(throttled) + " times meanwhile";
  return check(
      "thermal",
      throttled > 0 ? Status::kFail
      : hot         ? Status::kWarn
                    : Status::kOk,
      found, "cool the machine, or turn turbo off; `rest` between candidates helps a small board");
}

}  // namespace

std::vector<Check> setting_checks(const HardwareConfig& config, const std::filesystem::path& root) {
  const SystemFiles files(root);
  const ordered_json hardware = hardware_fingerprint(root);
  const CpuLimits limits = cpu_limits(files);
  return {threads_check(config, limits),
          governor_check(hardware),
          turbo_check(hardware),
          smt_check(config, hardware),
          numa_check(files, limits),
          virtualisation_check(hardware),
          power_check(root),
          clock_source_check(files)};
}

std::vector<Check> activity_checks(const HardwareConfig& config, const Observation& seen,
                                   const std::filesystem::path& root) {
  const CpuLimits limits = cpu_limits(SystemFiles(root));
  return {load_check(config, seen, limits.usable()),
          steal_check(seen, limits.allowed.size()),
          waiting_check(seen),
          memory_check(hardware_fingerprint(root), seen),
          frequency_check(seen),
          thermal_check(seen)};
}

std::vector<Check> gpu_checks(const ordered_json& fingerprint, const ordered_json& state) {
  if (fingerprint.is_null() || state.is_null()) return {};
  std::vector<Check> out;
  if (fingerprint["persistence_mode"].is_boolean()) {
    const bool on = fingerprint["persistence_mode"];
    out.push_back(check("gpu_persistence", on ? Status::kOk : Status::kWarn, on ? "on" : "off",
                        "the driver unloads between runs: sudo nvidia-smi -pm 1"));
  }
  if (state["num_compute_processes"].is_number()) {
    const int others = state["num_compute_processes"].get<int>() - 1;  // one is this process
    out.push_back(check("gpu_load", others > 0 ? Status::kFail : Status::kOk,
                        std::to_string(std::max(0, others)) + " other processes compute on it",
                        "stop them (nvidia-smi lists them), or take another GPU"));
  }
  if (state["throttle_reasons"].is_array()) {
    std::vector<std::string> reasons = state["throttle_reasons"];
    out.push_back(check("gpu_throttling", reasons.empty() ? Status::kOk : Status::kFail,
                        reasons.empty() ? "none" : join(reasons, ", "),
                        "cool it or lock its clocks: sudo nvidia-smi -lgc 1200"));
  }
  return out;
}

}  // namespace lts::predictor

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/hardware.h"
#include "core/or_null.h"
#include "core/processor.h"
#include "core/system_files.h"
#include "core/text.h"

namespace lts {
namespace {

using nlohmann::ordered_json;

const std::string kCpus = "sys/devices/system/cpu/";

/// Lowest and highest present frequency of the CPUs, or null.
ordered_json frequency_range(const SystemFiles& files, const std::vector<int>& cpus) {
  std::vector<std::int64_t> found_hz;
  for (const int cpu : cpus) {
    if (const auto khz =
            files.integer(kCpus + "cpu" + std::to_string(cpu) + "/cpufreq/scaling_cur_freq")) {
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
  const auto swap_bytes = files.meminfo_bytes("SwapTotal");
  const auto swap_free_bytes = files.meminfo_bytes("SwapFree");
  ordered_json swap_used;
  if (swap_bytes && swap_free_bytes) swap_used = *swap_bytes - *swap_free_bytes;
  return {{"load_average_1m", load_average(files)},
          {"frequency_hz", frequency_range(files, limits.allowed)},
          {"temperature_c", or_null(temperature_c(files))},
          {"throttle_count", or_null(throttle_count(files, cpu_topology(files).online))},
          {"memory_available_bytes", or_null(files.meminfo_bytes("MemAvailable"))},
          {"swap_used_bytes", swap_used},
          {"on_battery", or_null(on_battery(files))}};
}

}  // namespace lts
